package purchase

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/retry"
)

// exchange is one purchase under way: a retry.Exchange that asks the adapter.
type exchange struct {
	client  *Client
	request Request
	answers []Answer // one for each attempt
	first   [1]Answer

	of *stepSent // nil for a purchase of one request
}

// stepSent is the step of a flow that an exchange sends.
type stepSent struct {
	flow   *flow
	call   Call // what is the same for all attempts
	more   bool // steps follow
	before int  // attempts at steps before, and at this one
	tried  int  // attempts at this step before
}

// Request implements retry.Exchange.
func (x *exchange) Request(number int, key string) (r retry.Request, err error) {
	defer recovered(x.client.adapter, "Request", &err)
	call := x.callOf(number, key)
	r, err = x.client.adapter.Request(call)
	if err != nil {
		return r, err
	}
	if x.of != nil {
		r.Secrets = x.of.flow.secrets.And(r.Secrets)
	}
	if x.client.mark == nil {
		return r, nil
	}
	if x.of != nil {
		number += x.of.before
	}
	mark := x.client.mark(call, number)
	return r.With(mark.Name, mark.Value), nil
}

// Ended implements retry.Exchange.
func (x *exchange) Ended(a retry.Attempt) retry.Next {
	if x.answers == nil {
		x.answers = x.first[:0]
	}
	var secrets *retry.Secrets
	more := false
	if x.of != nil {
		secrets, more = x.of.flow.secrets, x.of.more
	}
	call := x.callOf(a.Number, a.Key)
	x.answers = append(x.answers, x.client.read(call, a, false, secrets))
	answer := &x.answers[len(x.answers)-1]
	answer.setStep(call.Step, more)
	switch {
	case answer.Meaning.EndsStep():
		return retry.Settled
	case answer.Meaning == MeansInProgress:
		return retry.AskAgain
	}
	return retry.ByPolicy
}

// Waiting implements retry.Exchange.
func (x *exchange) Waiting(ctx context.Context, soFar retry.Operation) {
	switch {
	case x.client.onWait == nil:
	case x.of != nil:
		f := *x.of.flow // which gets these attempts when the step has ended
		f.attempts, f.answers = slices.Clone(f.attempts), slices.Clone(f.answers)
		f.add(soFar.Attempts, x.answers)
		f.callOnWait(ctx)
	default:
		r := resultOf(x.request, soFar, x.answers)
		r.Outcome = Unknown
		x.client.onWait(ctx, r)
	}
}

// callOf returns the call of an attempt, which counts from 1 in the operation.
func (x *exchange) callOf(number int, key string) Call {
	if x.of == nil {
		return Call{Purchase: x.request, Key: key, Attempt: number}
	}
	call := x.of.call
	call.Key, call.Attempt = key, x.of.tried+number
	return call
}

// setStep makes the answer one to a step, after which there may be more.
func (a *Answer) setStep(step string, more bool) {
	a.Step = step
	switch {
	case more && a.Meaning == MeansConfirmed:
		a.Meaning = MeansStepDone
	case !more && a.Meaning == MeansStepDone:
		a.Meaning = MeansConfirmed
	}
}

// MaxReason is the longest reason of an answer, and MaxOrderID the longest id of an order, in
// bytes: they become values of columns. A reason that is longer is cut; an id that is longer
// is none, because a part of it would be another one.
const (
	MaxReason  = 64
	MaxOrderID = 255
)

// read returns what the end of a call's attempt means, or of a poll.
func (c *Client) read(call Call, a retry.Attempt, poll bool, s *retry.Secrets) Answer {
	if a.Class != "" {
		return noAnswer(a)
	}
	answer, err := c.readSafely(call, a, poll)
	if err != nil {
		answer = Answer{Reason: "adapter_failed", Differs: err.Error()}
	}
	if int(answer.Meaning) >= len(meaningNames) {
		answer.Meaning = MeansUnclear
	}
	if answer.Reason == "" {
		answer.Reason = reasonWithout(answer.Meaning, a.Status)
	}
	answer.Reason, answer.Code = c.recorded(s.Redact(answer.Reason), MaxReason), Code(c.recorded(s.Redact(string(answer.Code)), MaxReason))
	answer.Differs = truncate(c.http.Redact(s.Redact(answer.Differs)))
	if len(answer.OrderID) > MaxOrderID {
		answer.OrderID = ""
	}
	answer.OrderID = c.recorded(withoutSecret(answer.OrderID, s), MaxOrderID)
	return answer
}

// withoutSecret returns the id of an order, "" for one that has a secret of a user: what is left of
// it may be that of several orders.
func withoutSecret(id string, s *retry.Secrets) string {
	if s.Redact(id) != id {
		return ""
	}
	return id
}

// reasonWithout returns the reason of an answer for which the adapter gives none: the name of
// its meaning, so that one status with several meanings has several reasons.
func reasonWithout(m Meaning, status int) string {
	switch m {
	case MeansConfirmed, MeansStepDone:
		return ""
	case MeansUnclear:
		return fmt.Sprintf("http_%d", status)
	}
	return m.String()
}

// recorded returns a text of at most most bytes of UTF-8, without secrets.
func (c *Client) recorded(text string, most int) string {
	text = strings.ToValidUTF8(c.http.Redact(text), "�")
	if len(text) <= most {
		return text
	}
	return beginning(text, most)
}

// readSafely asks the adapter; the error is a panic in it.
func (c *Client) readSafely(call Call, a retry.Attempt, poll bool) (answer Answer, err error) {
	if poll {
		defer recovered(c.adapter, "ReadPoll", &err)
		return c.poller.ReadPoll(call, a), nil
	}
	defer recovered(c.adapter, "Read", &err)
	return c.adapter.Read(call, a), nil
}

// noAnswer is what an attempt means that got no whole answer.
func noAnswer(a retry.Attempt) Answer {
	return Answer{Meaning: MeaningOf(a.Status, string(a.Class), string(a.Class), a.Sent), Reason: string(a.Class)}
}
