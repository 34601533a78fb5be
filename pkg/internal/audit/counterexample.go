package audit

import (
	"fmt"
	"strings"

	"sagalab/pkg/purchase"
)

// Counterexample is one violation, with what is needed to follow it.
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
	// Step is the step that it belongs to, "" for a purchase of one request; Poll: it asked what
	// became of the purchase, after attempt Number.
	Step string `json:"step,omitempty"`
	Poll bool   `json:"poll,omitempty"`
	// Payload is what was to be bought, in words.
	Payload string `json:"payload"`
	// AtMS is the start, in milliseconds since the start of the stage.
	AtMS      float64 `json:"at_ms"`
	WaitMS    float64 `json:"wait_ms"` // before it
	LatencyMS float64 `json:"latency_ms"`
	Status    int64   `json:"status"` // 0: no answer
	// Answer is how it ended, in words.
	Answer string `json:"answer"`
	// Fault says what the stage's plan of faults did to it, or did meanwhile, where that
	// explains its end: "the fault plan dropped the reply"; "" else.
	Fault   string `json:"fault,omitempty"`
	OrderID string `json:"order_id,omitempty"`
	// Reason is why it failed, as in runs.Attempt, "" when it did not. Sent is false
	// when the request never left this machine. Meaning is what its end says of the
	// purchase. All three are for figures; Answer has them in words.
	Reason  string           `json:"-"`
	Sent    bool             `json:"-"`
	Meaning purchase.Meaning `json:"-"`
}

// String returns the attempt in one line.
func (l AttemptLine) String() string {
	wait := ""
	if l.WaitMS > 0 {
		wait = fmt.Sprintf(", after waiting %.1f ms", l.WaitMS)
	}
	order := ""
	if l.OrderID != "" {
		order = ", order " + l.OrderID
	}
	return fmt.Sprintf("%s +%.1f ms: operation %d, %s, key %s, %s%s: %s after %.1f ms%s",
		l.Stage, l.AtMS, l.Operation, l.Name(), orNone(l.Key), l.Payload, wait, l.Answer, l.LatencyMS, order) + l.because()
}

// Name returns which attempt, or poll, it is: "attempt 2", "attempt 2 (pay)", "poll after attempt 2
// (pay)".
func (l AttemptLine) Name() string {
	name := fmt.Sprintf("attempt %d", l.Number)
	if l.Poll {
		name = "poll after " + name
	}
	return name + inBrackets(l.Step)
}

// because returns Fault after a colon, "" without one.
func (l AttemptLine) because() string {
	if l.Fault == "" {
		return ""
	}
	return ": " + l.Fault
}

func (c *Counterexample) summary() string {
	if c.Formula == "" {
		return c.Says
	}
	return c.Says + ": " + c.Formula
}

// String returns the whole counterexample: a line for the sentence and an indented
// one for each attempt and each line of state.
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
