package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Call addresses one request of a few purchases: of the client to the service, or of the
// service to one of its participants. It is the same in each execution of the same purchases,
// as long as what comes before it is.
type Call struct {
	// Purchase counts from 1, in the order in which the purchases are begun.
	Purchase int `json:"purchase"`
	// Participant is the name of the participant that is asked, "" for the service itself.
	Participant string `json:"participant,omitempty"`
	// Step is the step of the purchase, "" for a purchase of one request; of a participant what
	// it is asked for: the method and the path without ids, such as "POST /charge".
	Step string `json:"step,omitempty"`
	// Attempt counts the requests of the purchase with this Participant and Step from 1.
	Attempt int `json:"attempt"`
}

// String describes the call in words, such as "attempt 2 at POST /charge of payments for purchase 1".
func (c Call) String() string {
	text := fmt.Sprintf("attempt %d", c.Attempt)
	if c.Step != "" {
		text += " at " + c.Step
	}
	if c.Participant != "" {
		text += " of " + c.Participant
	}
	return fmt.Sprintf("%s for purchase %d", text, c.Purchase)
}

// CallFault is a fault that is done to one call.
type CallFault struct {
	Call
	Fault Kind `json:"fault"`
}

// CallKinds returns the kinds of faults that a Schedule may have: of single requests, in the
// order in which a search tries them. Kill is one more, for services that can be started.
func CallKinds() []Kind {
	return []Kind{DropReply, HangReply, Duplicate, ResetReply, DropRequest, Unavailable}
}

// MaxCallFaults is the most faults of a Schedule.
const MaxCallFaults = 16

// Schedule is which calls go wrong in one execution. The zero value is an execution without
// faults. It is the same in each execution: it replays.
type Schedule struct {
	Faults []CallFault `json:"faults"`
}

// Validate reports everything that is wrong with s at once, nil when nothing is.
func (s Schedule) Validate() error {
	if n := len(s.Faults); n > MaxCallFaults {
		return fmt.Errorf("fault schedule: %d faults, want at most %d", n, MaxCallFaults)
	}
	var errs []error
	seen := map[Call]bool{}
	for i, f := range s.Faults {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("fault schedule: faults[%d]: "+format, append([]any{i}, args...)...))
		}
		if f.Purchase < 1 || f.Attempt < 1 {
			bad("purchase is %d and attempt %d, want 1 or more", f.Purchase, f.Attempt)
		}
		if scopes[f.Fault] != requestFault && f.Fault != Kill {
			bad("%q is no fault of a single request, want one of %s", clip(string(f.Fault), 40), kindList(append(CallKinds(), Kill)))
		}
		if seen[f.Call] {
			bad("a second fault of %s", f.Call)
		}
		seen[f.Call] = true
	}
	return errors.Join(errs...)
}

// At returns the fault of a call; false when it has none.
func (s Schedule) At(c Call) (Kind, bool) {
	for _, f := range s.Faults {
		if f.Call == c {
			return f.Fault, true
		}
	}
	return "", false
}

// String lists the faults in words, "no faults" without any.
func (s Schedule) String() string {
	if len(s.Faults) == 0 {
		return "no faults"
	}
	list := make([]string, len(s.Faults))
	for i, f := range s.Faults {
		list[i] = fmt.Sprintf("%s on %s", f.Fault, f.Call)
	}
	return strings.Join(list, "; ")
}

func kindList(list []Kind) string {
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}
