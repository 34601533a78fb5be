package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// mostFaultWarnings is how many windows are named one by one in a stage's
// warnings; a plan may have a thousand.
const mostFaultWarnings = 5

// FaultWindow is one window of a stage's plan of faults, with what came of it.
type FaultWindow struct {
	// Fault is the kind, "drop_reply", say.
	Fault string `json:"fault"`
	// From and To count from the stage's start.
	From time.Duration `json:"from_ns"`
	To   time.Duration `json:"to_ns"`
	// Share is the part of the requests that was to be taken, from 0 to 1.
	Share float64 `json:"share"`
	// Met is how many requests came while the window was open, or were under way
	// then when the fault is one of connections or of the process; Taken is to how
	// many of them it was done. See fault.WindowCount.
	Met   int `json:"met"`
	Taken int `json:"taken"`
	// Detail says why a window took nothing, "" where the counts and the times say it.
	Detail string `json:"detail,omitempty"`
}

// String names the window: "drop_reply (2s to 4s)".
func (w FaultWindow) String() string { return fmt.Sprintf("%s (%v to %v)", w.Fault, w.From, w.To) }

// Tested reports whether the fault was done to any request.
func (w FaultWindow) Tested() bool { return w.Taken > 0 }

// Why says why a window that is not Tested took nothing, in a stage whose load
// ended so long after its start; 0 means that it is not known when.
func (w FaultWindow) Why(loadEnd time.Duration) string {
	switch {
	case w.Met == 0 && loadEnd > 0 && w.From >= loadEnd:
		return fmt.Sprintf("met no request: the load had ended after %v", briefly(loadEnd))
	case w.Met == 0 && w.Detail != "":
		return "met no request: " + w.Detail
	case w.Met == 0:
		return "met no request: none came while it was open"
	case w.Detail != "":
		return fmt.Sprintf("was done to none of %d requests that came while it was open: %s", w.Met, w.Detail)
	}
	return fmt.Sprintf("took no request: none of %d requests that came while it was open was drawn, its share being %v", w.Met, w.Share)
}

// advice says what to change so that the window takes something.
func (w FaultWindow) advice(loadEnd time.Duration) string {
	switch {
	case w.Met == 0 && loadEnd > 0 && w.From >= loadEnd:
		return "let the load go on for longer or begin the fault sooner"
	case w.Detail != "":
		return "let the load go on for longer, or give the fault a time of its own"
	case w.Met == 0:
		return "choose a time at which requests come"
	case w.Share == 0:
		return "give it a share above 0"
	}
	return "give it a larger share, or let more requests come"
}

// FaultWarnings says in a sentence of each window that took no request that it
// tested nothing, of at most five one by one. loadEnd is as in Why.
func FaultWarnings(windows []FaultWindow, loadEnd time.Duration) (warnings []string) {
	untested := Untested(windows)
	for i, w := range untested {
		if i == mostFaultWarnings {
			return append(warnings, fmt.Sprintf("%d more windows of the plan of faults took no request.", len(untested)-i))
		}
		warnings = append(warnings, fmt.Sprintf("The planned fault %s %s. Nothing was tested by it; %s.", w, w.Why(loadEnd), w.advice(loadEnd)))
	}
	return warnings
}

// Untested lists the windows that took no request.
func Untested(windows []FaultWindow) []FaultWindow {
	return slices.DeleteFunc(slices.Clone(windows), FaultWindow.Tested)
}

// FaultsText is the plan of faults on one line, "none" for one without windows.
func (i Info) FaultsText() string {
	var plan struct{ Windows []json.RawMessage }
	if len(i.Faults) == 0 || json.Unmarshal(i.Faults, &plan) == nil && len(plan.Windows) == 0 {
		return "none"
	}
	var b bytes.Buffer
	if json.Compact(&b, i.Faults) != nil {
		return strings.Join(strings.Fields(string(i.Faults)), " ")
	}
	return b.String()
}

// FaultsKnown reports whether it is known what the stage's plan of faults did: not
// in runs from before that was counted, nor in a stage whose process died. A stage
// without faults is known.
func (i Info) FaultsKnown() bool { return len(i.FaultWindows) > 0 || i.FaultsText() == "none" }

// FaultNotes says briefly which kinds of faults took no request, by their first
// appearance in the plan.
func FaultNotes(windows []FaultWindow) (notes []string) {
	var seen []string
	for _, w := range windows {
		if slices.Contains(seen, w.Fault) {
			continue
		}
		seen = append(seen, w.Fault)
		same := slices.DeleteFunc(slices.Clone(windows), func(x FaultWindow) bool { return x.Fault != w.Fault })
		switch n := len(Untested(same)); {
		case n == 0:
		case len(same) > 1:
			notes = append(notes, fmt.Sprintf("%d of %d %s windows took no request", n, len(same), w.Fault))
		case w.Met == 0:
			notes = append(notes, w.Fault+" met no request")
		default:
			notes = append(notes, fmt.Sprintf("%s took none of %d requests", w.Fault, w.Met))
		}
	}
	return notes
}

// briefly cuts what a reader does not need, and never rounds up: a load that ended
// just before a window opened did not end when it opened.
func briefly(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Truncate(100 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Truncate(time.Millisecond)
	}
	return d
}
