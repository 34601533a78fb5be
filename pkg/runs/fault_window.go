package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxFaultWarnings is how many windows FaultWarnings names one by one; a plan may
// have a thousand.
const maxFaultWarnings = 5

// FaultWindow is one window of a stage's plan of faults, with how many requests it
// affected.
type FaultWindow struct {
	// Fault is the kind of fault, such as "drop_reply".
	Fault string `json:"fault"`
	// From and To are times since the stage's start.
	From time.Duration `json:"from_ns"`
	To   time.Duration `json:"to_ns"`
	// Probability is the fraction of the requests that the fault was planned for, from
	// 0 to 1.
	Probability float64 `json:"share"`
	// Met counts the requests that arrived while the window was open or, when the fault
	// is one of connections or of the process, were in flight then. Taken counts those
	// that the fault affected. See fault.WindowCount.
	Met   int `json:"met"`
	Taken int `json:"taken"`
	// Detail says why the window affected no request, "" where the counts and times
	// explain it.
	Detail string `json:"detail,omitempty"`
}

// String returns the fault and its times: "drop_reply (2s to 4s)".
func (w FaultWindow) String() string { return fmt.Sprintf("%s (%v to %v)", w.Fault, w.From, w.To) }

// Tested reports whether the fault affected any request.
func (w FaultWindow) Tested() bool { return w.Taken > 0 }

// Why says why a window that is not Tested affected no request. loadEnd is the time
// from the stage's start to the end of its load, 0 when it is not known.
func (w FaultWindow) Why(loadEnd time.Duration) string {
	switch {
	case w.Met == 0 && loadEnd > 0 && w.From >= loadEnd:
		return fmt.Sprintf("met no request: the load had ended after %v", truncate(loadEnd))
	case w.Met == 0 && w.Detail != "":
		return "met no request: " + w.Detail
	case w.Met == 0:
		return "met no request: none arrived while it was open"
	case w.Detail != "":
		return fmt.Sprintf("affected none of the %d requests that arrived while it was open: %s", w.Met, w.Detail)
	}
	return fmt.Sprintf("affected no request: with its probability of %v, none of the %d requests that arrived while it was open was drawn", w.Probability, w.Met)
}

// advice says what to change so that the window affects a request.
func (w FaultWindow) advice(loadEnd time.Duration) string {
	switch {
	case w.Met == 0 && loadEnd > 0 && w.From >= loadEnd:
		return "make the stage longer or begin the fault sooner"
	case w.Detail != "":
		return "make the stage longer, or give the fault a time at which no other is active"
	case w.Met == 0:
		return "choose a time at which requests arrive"
	case w.Probability == 0:
		return "give it a probability above 0"
	}
	return "give it a higher probability, or send more requests"
}

// FaultWarnings returns a sentence for each window that affected no request, for at
// most five of them, and one that counts the others. loadEnd is as in Why.
func FaultWarnings(windows []FaultWindow, loadEnd time.Duration) (warnings []string) {
	untested := Untested(windows)
	for i, w := range untested {
		if i == maxFaultWarnings {
			return append(warnings, fmt.Sprintf("%d more windows of the plan of faults affected no request.", len(untested)-i))
		}
		warnings = append(warnings, fmt.Sprintf("The planned fault %s %s. It tested nothing; %s.", w, w.Why(loadEnd), w.advice(loadEnd)))
	}
	return warnings
}

// FaultCounts returns how many attempts each kind of fault affected, in the order of the plan:
// "drop_reply 36 of 120 attempts, kill 4 of 4 attempts"; "" when none affected any.
func FaultCounts(windows []FaultWindow) string {
	var parts []string
	counted := map[string]bool{}
	for _, w := range windows {
		if counted[w.Fault] {
			continue
		}
		counted[w.Fault] = true
		taken, met := 0, 0
		for _, x := range windows {
			if x.Fault == w.Fault {
				taken, met = taken+x.Taken, met+x.Met
			}
		}
		if taken > 0 {
			parts = append(parts, fmt.Sprintf("%s %d of %d attempts", w.Fault, taken, met))
		}
	}
	return strings.Join(parts, ", ")
}

// Untested returns the windows that affected no request.
func Untested(windows []FaultWindow) []FaultWindow {
	return slices.DeleteFunc(slices.Clone(windows), FaultWindow.Tested)
}

// FaultsText returns the plan of faults as JSON on one line, "none" for a plan
// without windows.
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

// FaultsKnown reports whether the effect of the stage's plan of faults was recorded.
// It was not in runs from before it was counted, nor in a stage whose process died.
// FaultsKnown is true for a stage without faults.
func (i Info) FaultsKnown() bool { return len(i.FaultWindows) > 0 || i.FaultsText() == "none" }

// FaultNotes returns a few words for each kind of fault that had windows which
// affected no request, in the order of the plan.
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
			notes = append(notes, fmt.Sprintf("%d of %d %s windows affected no request", n, len(same), w.Fault))
		case w.Met == 0:
			notes = append(notes, w.Fault+" met no request")
		default:
			notes = append(notes, fmt.Sprintf("%s affected none of %d requests", w.Fault, w.Met))
		}
	}
	return notes
}

// truncate returns d with a precision for reading. It never rounds up: a load that
// ended just before a window opened must not seem to have ended when it opened.
func truncate(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Truncate(100 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Truncate(time.Millisecond)
	}
	return d
}
