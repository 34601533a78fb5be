package purchase

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/retry"
)

// Outcome is what a client knows of a purchase after its last attempt.
type Outcome string

// The outcomes. Unknown is never counted as Failed: the purchase may have taken
// effect although no answer said so.
const (
	OK      Outcome = "ok"      // confirmed by a 2xx
	Failed  Outcome = "failed"  // definitely refused (4xx), or never sent
	Unknown Outcome = "unknown" // timeout, dropped connection, 5xx, still in progress
)

// Result is how one purchase ended, as its client knows it.
type Result struct {
	Request   Request
	Operation retry.Operation
	Outcome   Outcome
	// Reason is "" on success, else a problem's code, "http_<status>", a
	// retry.Class, "not_json" or "not_sent".
	Reason string
	// OrderID is the order that the last answer named, "" when it named none.
	OrderID string
	// Status is the last attempt's, 0 without an answer.
	Status int

	hasCode bool // whether the last answer names a problem's code
}

// Success reports whether the purchase was confirmed.
func (r Result) Success() bool { return r.Outcome == OK }

// MaxMessage is the longest message of a Result, in bytes.
const MaxMessage = 512

// Message returns the answer's body on success, as the original notebook kept it,
// else a sentence that says what happened; at most MaxMessage bytes.
func (r Result) Message() string {
	last := r.Operation.Last()
	body := strings.TrimSpace(string(last.Body))
	var p Problem
	if (r.hasCode || last.Class != "") && json.Unmarshal(last.Body, &p) == nil && p.Code != "" && p.Detail != "" {
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

// resultOf derives the result of a purchase from its operation.
func resultOf(req Request, o retry.Operation) Result {
	last := o.Last()
	n := replyOf(last)
	r := Result{Request: req, Operation: o, Status: last.Status, OrderID: n.orderID, Reason: reason(last, n), hasCode: n.code != ""}
	switch {
	case r.Reason == "":
		r.Outcome = OK
	case len(o.Attempts) == 0:
		r.Outcome, r.Reason = Failed, "not_sent"
	case refused(last, n.code) || nothingSent(o.Attempts):
		r.Outcome = Failed
	default:
		r.Outcome = Unknown
	}
	return r
}

// refused reports whether the answer is a definite no. A purchase that is still
// in progress may yet be confirmed.
func refused(a retry.Attempt, code Code) bool {
	return a.Class == "" && a.Status >= 400 && a.Status < 500 && code != InProgress && a.Status != http.StatusRequestTimeout
}

func nothingSent(attempts []retry.Attempt) bool {
	for _, a := range attempts {
		if a.Sent {
			return false
		}
	}
	return true
}

// ReasonOf returns why an attempt confirmed no purchase, as Result.Reason has it; ""
// when it was answered with 2xx and a JSON object.
func ReasonOf(a retry.Attempt) string { return reason(a, replyOf(a)) }

func reason(a retry.Attempt, n reply) string {
	switch {
	case a.Class != "":
		return string(a.Class)
	case a.OK() && n.isObject:
		return ""
	case a.OK():
		return "not_json"
	case n.code != "":
		return string(n.code)
	}
	return fmt.Sprintf("http_%d", a.Status)
}

// OrderAndCode returns the order and the problem code that an attempt's answer names, ""
// for what it does not name.
func OrderAndCode(a retry.Attempt) (orderID string, code Code) {
	n := replyOf(a)
	return n.orderID, n.code
}

// replyOf reads an attempt's answer; it is empty when there is none.
func replyOf(a retry.Attempt) reply {
	if a.Class != "" {
		return reply{}
	}
	n := parseReply(a.Body)
	if len(n.code) > 64 { // more than any code has; it becomes a column's value
		n.code = n.code[:64]
	}
	return n
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

// truncate cuts s to MaxMessage bytes, not within a character.
func truncate(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) <= MaxMessage {
		return s
	}
	const more = "…"
	n := MaxMessage - len(more)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}
