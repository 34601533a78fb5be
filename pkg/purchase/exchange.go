package purchase

import (
	"context"
	"fmt"
	"strings"

	"sagalab/pkg/retry"
)

// exchange is one purchase under way: a retry.Exchange that asks the adapter.
type exchange struct {
	client  *Client
	request Request
	answers []Answer // one for each attempt
	first   [1]Answer
}

// Request implements retry.Exchange.
func (x *exchange) Request(number int, key string) (r retry.Request, err error) {
	defer recovered(x.client.adapter, "Request", &err)
	r, err = x.client.adapter.Request(Call{x.request, key, number})
	if x.client.mark == nil || err != nil {
		return r, err
	}
	mark := x.client.mark(key, number)
	return r.With(mark.Name, mark.Value), nil
}

// Ended implements retry.Exchange.
func (x *exchange) Ended(a retry.Attempt) retry.Next {
	if x.answers == nil {
		x.answers = x.first[:0]
	}
	answer := x.client.read(Call{x.request, a.Key, a.Number}, a)
	x.answers = append(x.answers, answer)
	switch {
	case answer.Meaning.IsDefinite():
		return retry.Settled
	case answer.Meaning == MeansInProgress:
		return retry.AskAgain
	}
	return retry.ByPolicy
}

// Waiting implements retry.Exchange.
func (x *exchange) Waiting(ctx context.Context, soFar retry.Operation) {
	if x.client.onWait != nil {
		r := resultOf(x.request, soFar, x.answers)
		r.Outcome = Unknown
		x.client.onWait(ctx, r)
	}
}

// MaxReason is the longest reason of an answer, and MaxOrderID the longest id of an order, in
// bytes: they become values of columns. A reason that is longer is cut; an id that is longer
// is none, because a part of it would be another one.
const (
	MaxReason  = 64
	MaxOrderID = 255
)

// read returns what the end of a call's attempt means.
func (c *Client) read(call Call, a retry.Attempt) Answer {
	if a.Class != "" {
		return noAnswer(a)
	}
	answer, err := c.readSafely(call, a)
	if err != nil {
		answer = Answer{Reason: "adapter_failed", Differs: err.Error()}
	}
	if int(answer.Meaning) >= len(meaningNames) {
		answer.Meaning = MeansUnclear
	}
	if answer.Reason == "" {
		answer.Reason = reasonWithout(answer.Meaning, a.Status)
	}
	answer.Reason, answer.Code = c.recorded(answer.Reason, MaxReason), Code(c.recorded(string(answer.Code), MaxReason))
	answer.Differs = truncate(c.http.Redact(answer.Differs))
	if len(answer.OrderID) > MaxOrderID {
		answer.OrderID = ""
	}
	answer.OrderID = c.recorded(answer.OrderID, MaxOrderID)
	return answer
}

// reasonWithout returns the reason of an answer for which the adapter gives none: the name of
// its meaning, so that one status with several meanings has several reasons.
func reasonWithout(m Meaning, status int) string {
	switch m {
	case MeansConfirmed:
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
func (c *Client) readSafely(call Call, a retry.Attempt) (answer Answer, err error) {
	defer recovered(c.adapter, "Read", &err)
	return c.adapter.Read(call, a), nil
}

// noAnswer is what an attempt means that got no whole answer.
func noAnswer(a retry.Attempt) Answer {
	return Answer{Meaning: MeaningOf(a.Status, string(a.Class), string(a.Class), a.Sent), Reason: string(a.Class)}
}
