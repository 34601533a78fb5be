package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// MaxPlan is the largest plan that ParsePlan reads, in bytes.
const MaxPlan = 1 << 20

// ParsePlan reads a plan as JSON and validates it. Times are Go durations such
// as "1.5s". Unknown members are refused: a misspelt one would otherwise be a fault
// that silently never happens. "share" is the old name of "probability" and is read
// as such.
//
//	{"seed": 7, "windows": [
//	  {"from": "2s", "to": "5s", "fault": "drop_reply", "probability": 0.3},
//	  {"from": "5s", "to": "6s", "fault": "unavailable", "retry_after": "1s"}]}
func ParsePlan(text []byte) (Plan, error) {
	if len(text) > MaxPlan {
		return Plan{}, fmt.Errorf("fault plan: %d bytes, want at most %d", len(text), MaxPlan)
	}
	var p Plan
	if err := strictly(text, &p); err != nil {
		return Plan{}, fmt.Errorf("fault plan: %w", err)
	}
	if err := p.Validate(); err != nil {
		return Plan{}, err
	}
	return p, nil
}

// planJSON is the form of Plan in JSON.
type planJSON struct {
	Seed    uint64       `json:"seed"`
	Windows []windowJSON `json:"windows"`
}

// windowJSON is the form of Window in JSON.
type windowJSON struct {
	From        string   `json:"from"`
	To          string   `json:"to"`
	Fault       Kind     `json:"fault"`
	Probability *float64 `json:"probability,omitempty"`
	Share       *float64 `json:"share,omitempty"` // the old name of probability; read, never written
	Status      int      `json:"status,omitempty"`
	RetryAfter  string   `json:"retry_after,omitempty"`
	Delay       string   `json:"delay,omitempty"`
	Bytes       int64    `json:"bytes,omitempty"`
}

// UnmarshalJSON reads p as ParsePlan does, without validating what it means.
func (p *Plan) UnmarshalJSON(text []byte) error {
	var in planJSON
	if err := strictly(text, &in); err != nil {
		return err
	}
	out := Plan{Seed: in.Seed}
	var errs []error
	for i, w := range in.Windows {
		window, err := w.window()
		if err != nil {
			errs = append(errs, fmt.Errorf("windows[%d]: %w", i, err))
		}
		out.Windows = append(out.Windows, window)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	*p = out
	return nil
}

// window converts w; the error names each member that cannot be read.
func (w windowJSON) window() (Window, error) {
	out := Window{Fault: w.Fault, Probability: 1, Status: w.Status, Bytes: w.Bytes}
	var errs []error
	switch {
	case w.Probability != nil && w.Share != nil:
		errs = append(errs, errors.New("probability and share are given, want probability alone: share is its old name"))
	case w.Probability != nil:
		out.Probability = *w.Probability
	case w.Share != nil:
		out.Probability = *w.Share
	}
	for _, d := range []struct {
		name, text string
		needed     bool
		into       *time.Duration
	}{
		{"from", w.From, true, &out.From}, {"to", w.To, true, &out.To},
		{"retry_after", w.RetryAfter, false, &out.RetryAfter}, {"delay", w.Delay, false, &out.Delay},
	} {
		if d.text == "" {
			if d.needed {
				errs = append(errs, fmt.Errorf(`%s is missing, want a duration such as "1.5s"`, d.name))
			}
			continue
		}
		var err error
		if *d.into, err = time.ParseDuration(d.text); err != nil {
			errs = append(errs, fmt.Errorf(`%s is %.40q, want a duration such as "1.5s"`, d.name, d.text))
		}
	}
	return out, errors.Join(errs...)
}

// MarshalJSON writes w as ParsePlan reads it. It refuses a window that sets Share.
func (w Window) MarshalJSON() ([]byte, error) {
	if err := w.shareRenamed(); err != nil {
		return nil, err
	}
	out := windowJSON{From: w.From.String(), To: w.To.String(), Fault: w.Fault, Probability: &w.Probability, Status: w.Status, Bytes: w.Bytes}
	if w.RetryAfter != 0 {
		out.RetryAfter = w.RetryAfter.String()
	}
	if w.Delay != 0 {
		out.Delay = w.Delay.String()
	}
	return json.Marshal(out)
}

// strictly decodes one JSON value and nothing after it, without unknown members.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON ends too early")
		}
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows after the JSON")
	}
	return nil
}
