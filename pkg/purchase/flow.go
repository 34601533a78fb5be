package purchase

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sagalab/pkg/retry"
)

// flow is one purchase that takes more than one request: a login, steps one after another,
// and polls until the outcome is known. It belongs to one goroutine.
type flow struct {
	client *Client
	key    string // of the purchase, "" for none
	keyed  bool
	// call has what is bought, the step under way, and what was kept so far.
	call         Call
	secrets      *retry.Secrets // in requests
	loginSecrets *retry.Secrets
	stepSecrets  []string
	login        int  // the number of the login in use, 0 for none
	ownLogin     bool // this purchase has sent it, and not taken that of another one

	steps       []string
	begun       int // steps
	stepFrom    int // the first attempt of the step under way
	attempts    []retry.Attempt
	answers     []Answer
	others      []OtherRequest
	polled      Answer // of the last poll of the step
	pollBodies  int    // bytes in others
	acceptedAt  time.Time
	uncertainty time.Duration
	underWayAt  time.Time // of the step under way, zero before its polls
	err         error     // of what ended it
}

// plain reports whether a purchase is one request, so that there is no flow.
func (c *Client) plain() bool {
	return c.steps == nil && c.poller == nil && c.authenticator == nil
}

// run makes a purchase, under key or with "" under none.
func (c *Client) run(ctx context.Context, r Request, key string) Result {
	ctx, cancel := c.http.Bound(ctx)
	defer cancel()
	f := &flow{client: c, key: key, keyed: key != "", call: Call{Purchase: r}, steps: c.steps}
	if f.steps == nil {
		f.steps = []string{""}
	}
	if c.authenticator != nil {
		if f.err = f.logIn(ctx, c.authenticator); f.err != nil {
			f.err = fmt.Errorf("purchase not sent: %w", f.err)
			return f.result()
		}
	}
	for i := range f.steps {
		if i > 0 {
			f.callOnWait(ctx)
			if f.err = context.Cause(ctx); f.err != nil {
				break
			}
		}
		if done := f.step(ctx, i); !done {
			break
		}
	}
	return f.result()
}

// step does one step and reports whether it is done and another one follows.
func (f *flow) step(ctx context.Context, i int) (next bool) {
	last := i == len(f.steps)-1
	f.call.Step, f.stepFrom, f.polled, f.uncertainty, f.err = f.steps[i], len(f.attempts), Answer{}, 0, nil
	f.underWayAt = time.Time{}
	answer := f.send(ctx, last)
	for own := false; f.unauthorized(answer) && !own; own = f.ownLogin { // that of another purchase may have expired, too
		if err := f.logIn(ctx, f.client.authenticator); err != nil {
			f.err = err
			return false
		}
		answer = f.send(ctx, last)
	}
	if answer.Meaning == MeansPending && f.client.poller != nil {
		answer = f.poll(ctx, last)
	}
	return answer.Meaning == MeansStepDone
}

// send makes the attempts at the step and returns what the last one means.
func (f *flow) send(ctx context.Context, last bool) Answer {
	sent := &stepSent{flow: f, call: f.call, more: !last, before: len(f.attempts), tried: len(f.attempts) - f.stepFrom}
	x := &exchange{client: f.client, request: f.call.Purchase, of: sent}
	var o retry.Operation
	if key := StepKey(f.key, f.call.Step, last); f.keyed {
		o = f.client.http.Do(ctx, f.client.endpoint.base, key, x)
	} else {
		o = f.client.http.DoWithoutKey(ctx, f.client.endpoint.base, x)
	}
	f.add(o.Attempts, x.answers)
	f.err = o.Err
	if len(o.Attempts) == 0 {
		return Answer{}
	}
	a, answer := &f.attempts[len(f.attempts)-1], &f.answers[len(f.answers)-1]
	if answer.OrderID != "" {
		f.call.Order = answer.OrderID
	}
	if answer.Meaning == MeansPending && f.acceptedAt.IsZero() {
		f.acceptedAt = endOf(a)
	}
	if err := f.keepOf(x.callOf(len(o.Attempts), a.Key), a, answer); err != nil {
		f.err = err
		return Answer{}
	}
	return *answer
}

// endOf returns when an attempt had ended.
func endOf(a *retry.Attempt) time.Time { return a.Start.Add(a.Latency) }

// add appends attempts at the step under way.
func (f *flow) add(attempts []retry.Attempt, answers []Answer) {
	if len(attempts) > 0 && len(f.attempts) == f.stepFrom {
		f.begun++
	}
	before := len(f.attempts)
	f.attempts, f.answers = append(f.attempts, attempts...), append(f.answers, answers...)
	for i := before; i < len(f.attempts); i++ {
		f.attempts[i].Number = i + 1
	}
}

// unauthorized reports whether an answer asks for another login.
func (f *flow) unauthorized(answer Answer) bool {
	return f.client.authenticator != nil && len(f.attempts) > 0 &&
		f.attempts[len(f.attempts)-1].Status == http.StatusUnauthorized && !answer.Meaning.IsDefinite()
}

// maxPollBodies is how many bytes of answers to polls a purchase keeps beside that to the last one.
const maxPollBodies = 64 << 10

// other adds a request that is no attempt.
func (f *flow) other(kind OtherKind, a retry.Attempt, answer Answer) {
	a.Number, a.Header, answer.Step = len(f.attempts), nil, f.call.Step
	if kind == LoginRequest {
		a.Body, a.Type = nil, "" // they may have what is secret
	}
	if f.pollBodies > maxPollBodies {
		for i := range f.others {
			f.others[i].Attempt.Body = nil
		}
		f.pollBodies = 0
	}
	f.pollBodies += len(a.Body)
	f.others = append(f.others, OtherRequest{kind, a, answer})
}

// callOnWait calls the client's OnWait with the purchase so far.
func (f *flow) callOnWait(ctx context.Context) {
	if f.client.onWait != nil {
		r := f.result()
		r.Outcome = Unknown
		f.client.onWait(ctx, r)
	}
}

// isCutOff reports whether a step is done, and no attempt at the next one was made.
func (f *flow) isCutOff() bool {
	return len(f.attempts) == f.stepFrom || f.answers[len(f.answers)-1].Meaning == MeansStepDone || f.polled.Meaning == MeansStepDone
}

// errCutOff is why a purchase ended after a step, of which the next one was not sent.
var errCutOff = errors.New("no attempt at the next step was made")

// result says what became of the purchase: by the attempts at the step at which it ended, and
// by the last poll. All steps before are done.
func (f *flow) result() Result {
	o := retry.Operation{Key: f.key, Attempts: f.attempts, Err: f.secrets.RedactError(f.err)}
	r := resultOf(f.call.Purchase, o, f.answers)
	r.Steps, r.Others, r.AcceptedAt, r.Uncertainty = f.begun, f.others, f.acceptedAt, f.uncertainty
	if len(f.attempts) == 0 {
		return r
	}
	r.OrderID = f.call.Order
	switch {
	case f.isCutOff():
		r.Outcome, r.Reason = Failed, "cut_off"
		if r.Operation.Err == nil {
			r.Operation.Err = errCutOff
		}
		return r
	case f.polled.Meaning.IsDefinite():
		r.Answer, r.Reason = f.polled, f.polled.Reason
		r.settledBy = &f.others[len(f.others)-1].Attempt
		r.Status = r.settledBy.Status
		answers := slices.Clone(f.answers[f.stepFrom:])
		answers[len(answers)-1] = f.polled // which is that of the attempt before, late
		r.Outcome = outcomeOf(f.attempts[f.stepFrom:], answers)
	default:
		r.Outcome, r.UnderWayAt = outcomeOf(f.attempts[f.stepFrom:], f.answers[f.stepFrom:]), f.underWayAt
	}
	if r.Outcome == OK {
		r.Reason = ""
	}
	return r
}
