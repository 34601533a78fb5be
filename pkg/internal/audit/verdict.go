package audit

import (
	"fmt"
	"strings"
)

// Answer is what is known of a rule.
type Answer string

// The answers. Violated goes before Unknown: what was seen is a fact, whatever
// else could not be judged.
const (
	Holds        Answer = "holds"
	Violated     Answer = "violated"
	Unknown      Answer = "unknown"
	NotExercised Answer = "not exercised" // its precondition, or a planned fault that it rests on, never happened
)

// Verdict is the answer of one rule.
type Verdict struct {
	Rule   string `json:"rule"`
	Title  string `json:"title"`
	Answer Answer `json:"answer"`
	// Judged is how many things of the kind What the rule looked at, Count how many
	// of them violate it.
	Judged int    `json:"judged"`
	What   string `json:"what"`
	Count  int    `json:"count"`
	// Reason says why the answer is Unknown or NotExercised, and what limits a
	// Violated or a Holds; "" otherwise.
	Reason string `json:"reason,omitempty"`
	// Beyond is true when the service offers nothing that the rule could be judged
	// by. Such an Unknown is no trouble of this audit.
	Beyond bool `json:"beyond,omitempty"`
	// First, Worst and Last are set when the rule is violated; they may be the same.
	First *Counterexample `json:"first,omitempty"`
	Worst *Counterexample `json:"worst,omitempty"`
	Last  *Counterexample `json:"last,omitempty"`
}

// Evidence is the verdict's ground in a sentence.
func (v Verdict) Evidence() string {
	switch {
	case v.Answer == Violated && v.First != nil:
		return fmt.Sprintf("%d of %d %s. First: %s", v.Count, v.Judged, v.What, v.First.summary())
	case v.Answer == Holds && v.Reason != "":
		return fmt.Sprintf("%d %s; %s", v.Judged, v.What, v.Reason)
	case v.Answer == Holds:
		return fmt.Sprintf("%d %s", v.Judged, v.What)
	}
	return v.Reason
}

// Counterexample is one violation, told so that a person can follow it.
type Counterexample struct {
	// Says is what is wrong, in a sentence; Formula is the rule with the numbers
	// filled in, "" where there are none.
	Says    string `json:"says"`
	Formula string `json:"formula,omitempty"`
	// Key and OrderID are what it is about, "" when it is about neither.
	Key     string `json:"key,omitempty"`
	OrderID string `json:"order_id,omitempty"`
	// Attempts are those of the key, at most 20, in the order of their start.
	Attempts []AttemptLine `json:"attempts,omitempty"`
	// State is what the service's state shows of it, line by line.
	State []string `json:"state,omitempty"`
}

// AttemptLine is one attempt of a counterexample.
type AttemptLine struct {
	Stage     string `json:"stage"`
	Operation int64  `json:"operation"` // the operation's index in the stage
	Number    int64  `json:"number"`    // of the attempt, from 1
	Key       string `json:"key"`
	// Payload is what was to be bought, in words.
	Payload string `json:"payload"`
	// AtMS is the start, in milliseconds since the start of the stage.
	AtMS      float64 `json:"at_ms"`
	WaitMS    float64 `json:"wait_ms"` // before it
	LatencyMS float64 `json:"latency_ms"`
	Status    int64   `json:"status"` // 0: no answer
	// Answer is how it ended, in words.
	Answer  string `json:"answer"`
	OrderID string `json:"order_id,omitempty"`
	// Reason is why it failed, as in runs.Attempt, "" when it did not. Sent is false
	// when the request never left this machine. Both are for figures; Answer has them
	// in words.
	Reason string `json:"-"`
	Sent   bool   `json:"-"`
}

// String is the line for a person.
func (l AttemptLine) String() string {
	wait := ""
	if l.WaitMS > 0 {
		wait = fmt.Sprintf(", after waiting %.1f ms", l.WaitMS)
	}
	order := ""
	if l.OrderID != "" {
		order = ", order " + l.OrderID
	}
	return fmt.Sprintf("%s +%.1f ms: operation %d, attempt %d, key %s, %s%s: %s after %.1f ms%s",
		l.Stage, l.AtMS, l.Operation, l.Number, orNone(l.Key), l.Payload, wait, l.Answer, l.LatencyMS, order)
}

func (c *Counterexample) summary() string {
	if c.Formula == "" {
		return c.Says
	}
	return c.Says + ": " + c.Formula
}

// String is the whole counterexample, a line for the sentence and an indented
// one for each of the others.
func (c *Counterexample) String() string {
	var b strings.Builder
	b.WriteString(c.summary())
	for _, a := range c.Attempts {
		b.WriteString("\n    " + a.String())
	}
	for _, line := range c.State {
		b.WriteString("\n    " + line)
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// finding is one violation while a rule is at work: when, how grave, and what it
// is about in the rule's own terms.
type finding struct {
	at, weight int64
	ref        int
}

// findings keeps of all violations what a verdict needs, so that a million of
// them take no more memory than three.
type findings struct {
	count              int
	first, worst, last finding
}

func (fs *findings) add(ref int, at, weight int64) {
	f := finding{at, weight, ref}
	if fs.count == 0 {
		fs.first, fs.worst, fs.last = f, f, f
	}
	if f.at < fs.first.at {
		fs.first = f
	}
	if f.weight > fs.worst.weight {
		fs.worst = f
	}
	if f.at >= fs.last.at {
		fs.last = f
	}
	fs.count++
}

// inquiry is what a rule found out.
type ruling struct {
	findings
	judged int
	// unknown is why the rest cannot be judged, none why nothing was.
	unknown, none string
	beyond        bool
	// note limits an answer that holds.
	note string
	show func(ref int) Counterexample
}

func (q *ruling) verdict() Verdict {
	v := Verdict{Judged: max(q.judged, q.count), Count: q.count}
	switch {
	case q.count > 0:
		v.Answer, v.Reason = Violated, q.unknown
		first, worst, last := q.show(q.first.ref), q.show(q.worst.ref), q.show(q.last.ref)
		v.First, v.Worst, v.Last = &first, &worst, &last
	case q.unknown != "":
		v.Answer, v.Reason, v.Beyond = Unknown, q.unknown, q.beyond
	case q.judged == 0:
		v.Answer, v.Reason = NotExercised, q.none
	default:
		v.Answer, v.Reason = Holds, q.note
	}
	return v
}
