package purchase

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/retry"
)

// Outcome is what a client knows of a purchase after its last attempt.
type Outcome string

// The outcomes, by the Meaning of all attempts. Unknown is never counted as Failed: the
// purchase may have taken effect although no answer said so.
const (
	// OK: an attempt was confirmed by a 2xx.
	OK Outcome = "ok"
	// Failed: definitely refused, or no attempt that was sent can have done anything: it
	// was turned away (such as 429, or 503 overloaded).
	Failed Outcome = "failed"
	// Unknown: after a timeout, a dropped connection, a 5xx or "in progress", no answer
	// has settled it. A 429 after a timeout does not.
	Unknown Outcome = "unknown"
)

// Result is how one purchase ended, as its client knows it.
type Result struct {
	Request   Request
	Operation retry.Operation
	Outcome   Outcome
	// Answer is what the last attempt's end says, zero without an attempt. Answers has what
	// each says.
	Answer  Answer
	Answers []Answer
	// Reason is "" on success, else that of Answer, or "not_sent" without an attempt.
	Reason string
	// OrderID is the order that the last answer named, "" when it named none.
	OrderID string
	// Status is the last attempt's, 0 without an answer, or that of the poll that settled it.
	Status int
	// Steps is how many steps were begun, 1 for a purchase of one request and 0 for one that
	// was not sent.
	Steps int
	// Others are requests that are no attempts, in the order in which they were sent.
	Others []OtherRequest
	// AcceptedAt is when the first answer had been read that meant MeansPending; zero without
	// one. Uncertainty is how long before the last poll's answer the outcome may have been
	// settled: since the observation before was asked for. 0 when no poll settled it.
	AcceptedAt  time.Time
	Uncertainty time.Duration
	// UnderWayAt is, of a purchase whose polls were given up or interrupted, when the last request
	// was sent that found it under way: it ended after that, and nothing says when. Else zero.
	UnderWayAt time.Time

	settledBy *retry.Attempt // the poll that settled it, nil for an attempt
}

// Success reports whether the purchase was confirmed.
func (r Result) Success() bool { return r.Outcome == OK }

// last returns the request whose answer says what became of the purchase.
func (r *Result) last() retry.Attempt {
	if r.settledBy != nil {
		return *r.settledBy
	}
	return r.Operation.Last()
}

// LastEnd returns when the last request of the purchase had ended, zero without one.
func (r *Result) LastEnd() time.Time {
	last := r.Operation.Last()
	end := last.Start.Add(last.Latency)
	if n := len(r.Others); n > 0 {
		if o := r.Others[n-1].Attempt; o.Start.Add(o.Latency).After(end) {
			end = o.Start.Add(o.Latency)
		}
	}
	return end
}

// MaxMessage is the longest message of a Result, in bytes.
const MaxMessage = 512

// Message returns the answer's body on success, as the original notebook kept it,
// else a sentence that says what happened; at most MaxMessage bytes.
func (r Result) Message() string {
	last := r.last()
	body := strings.TrimSpace(string(last.Body))
	var p Problem
	if (r.Answer.Code != "" || last.Class != "") && json.Unmarshal(last.Body, &p) == nil && p.Code != "" && p.Detail != "" {
		body = string(p.Code) + ": " + p.Detail
	}
	switch {
	case r.Success():
		return truncate(body)
	case r.Reason == "not_json":
		return truncate(fmt.Sprintf("HTTP %d with %s instead of JSON: %s", last.Status, cmp.Or(last.Type, "no content type"), cmp.Or(body, "an empty body")))
	case r.Operation.Err != nil && (errors.Is(r.Operation.Err, retry.ErrExhausted) || len(r.Operation.Attempts) == 0):
		return truncate(join(r.Operation.Err.Error(), body))
	case r.Operation.Err != nil && last.Class == "":
		return truncate(fmt.Sprintf("stopped after %s: %v", last, r.Operation.Err))
	}
	return truncate(join(last.String(), body))
}

// resultOf derives the result of a purchase from its operation, of whose attempts the answers
// are.
func resultOf(req Request, o retry.Operation, answers []Answer) Result {
	r := Result{Request: req, Operation: o, Status: o.Last().Status, Answers: answers}
	if len(o.Attempts) == 0 {
		r.Outcome, r.Reason = Failed, "not_sent"
		return r
	}
	r.Answer, r.Steps = answers[len(answers)-1], 1
	r.Outcome, r.Reason, r.OrderID = outcomeOf(o.Attempts, answers), r.Answer.Reason, r.Answer.OrderID
	if r.Outcome == OK {
		r.Reason = ""
	}
	if r.Answer.Meaning == MeansPending {
		last := o.Last()
		r.AcceptedAt = endOf(&last)
	}
	return r
}

// outcomeOf derives an outcome from what the attempts of an operation mean. A refusal settles
// all attempts under its key, and says nothing of those under another one.
func outcomeOf(attempts []retry.Attempt, answers []Answer) Outcome {
	doubt, refused := false, false
	for i := range answers {
		switch m := answers[i].Meaning; {
		case m == MeansConfirmed:
			return OK
		case m.IsRefusal():
			refused = true
		case m != MeansNotSent && !m.DidNothing():
			doubt = true
		}
	}
	// else each has its own, or none, and is a purchase of its own
	oneKey := attempts[0].Key != "" && attempts[0].Key == attempts[len(attempts)-1].Key
	if doubt && !(refused && oneKey) {
		return Unknown
	}
	return Failed
}

// StatusError is the HTTP status of an answer that is not a Problem.
type StatusError int

// Error returns the status, such as "HTTP 503".
func (s StatusError) Error() string { return fmt.Sprintf("HTTP %d", int(s)) }

// problemOf returns the error that an answer states: a Problem, else a StatusError.
func problemOf(a retry.Attempt) error {
	var p Problem
	if json.Unmarshal(a.Body, &p) == nil && p.Code != "" {
		p.Status = a.Status
		return p
	}
	if a.Status >= 300 && a.Status < 400 {
		return fmt.Errorf("%w: redirects are not followed", StatusError(a.Status))
	}
	if body := truncate(strings.TrimSpace(string(a.Body))); body != "" {
		return fmt.Errorf("%w: %s", StatusError(a.Status), printable.Line(body))
	}
	return StatusError(a.Status)
}

func join(sentence, body string) string {
	if body == "" {
		return sentence
	}
	return sentence + ": " + body
}

// beginning returns at most most bytes of a longer text of UTF-8, not cut within a character.
func beginning(s string, most int) string {
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// truncate cuts s to MaxMessage bytes, not within a character.
func truncate(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) <= MaxMessage {
		return s
	}
	const more = "…"
	return beginning(s, MaxMessage-len(more)) + more
}
