// Package live shows a running stage in place: as lines on a terminal or in a
// log, and as a fragment of HTML in a notebook. It measures nothing and sends
// nothing.
package live

import (
	"fmt"
	"math"
	"time"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/threshold"
)

// Snapshot is the state of a running stage. Latencies are milliseconds; they are not
// shown when no request has ended, whatever they are.
type Snapshot struct {
	Stage string
	// Model is the kind of load, such as "open, 100/s".
	Model string
	// Planned is how many requests the stage plans, 0 when its length decides.
	Planned int
	// Done counts the requests that ended, Started those that began, and Dropped
	// those that could not.
	Started, Done, InFlight, Dropped int
	// Failure includes Unknown.
	Success, Failure, Unknown, Retries int
	// Polls counts the requests that asked what became of purchases.
	Polls   int
	Elapsed time.Duration
	// Length is how long the stage is to take, 0 when its requests decide.
	Length time.Duration
	// P50, P90 and P99 are those of all requests so far.
	P50, P90, P99 float64
	// LagP99 is how late requests start, at the 99th percentile.
	LagP99 float64
	Recent Recent
	// Checks are the stage's thresholds so far.
	Checks []threshold.Result
	// OtherOrders counts orders that appeared under keys which the stage did not send,
	// OtherOrder is one of them in words.
	OtherOrders int
	OtherOrder  string
}

// othersShort is othersText for a line that has little room.
func (s Snapshot) othersShort() string {
	if s.OtherOrders == 0 {
		return ""
	}
	return fmt.Sprintf("others bought %d+", s.OtherOrders)
}

// othersText says that other clients buy meanwhile, "" when none is seen.
func (s Snapshot) othersText() string {
	if s.OtherOrders == 0 {
		return ""
	}
	return fmt.Sprintf("At least %d of the orders are not of this stage, such as %s: another client is active, or the service made them by itself", s.OtherOrders, printable.Line(s.OtherOrder))
}

// Recent has the figures of the last second.
type Recent struct {
	Rate              float64 // requests that ended, per second
	P50, P99          float64
	Failures, Retries int
	Polls             float64 // per second
}

// pollsText is how many polls are sent, "" when there were none.
func (s Snapshot) pollsText() string {
	if s.Polls == 0 {
		return ""
	}
	return rate(s.Recent.Polls) + " polls/s"
}

// fractionDone is how much of the stage is done, 0 to 1.
func (s Snapshot) fractionDone() float64 {
	fraction := 0.
	switch {
	case s.Planned > 0:
		fraction = float64(s.Done) / float64(s.Planned)
	case s.Length > 0:
		fraction = float64(s.Elapsed) / float64(s.Length)
	}
	return math.Min(1, math.Max(0, fraction))
}

// bounded reports whether it is known how much there is to do.
func (s Snapshot) bounded() bool { return s.Planned > 0 || s.Length > 0 }

// withoutEmptyLatencies returns s with NaN for latencies of no requests.
func (s Snapshot) withoutEmptyLatencies() Snapshot {
	none := math.NaN()
	if s.Done == 0 {
		s.P50, s.P90, s.P99 = none, none, none
	}
	if !(s.Recent.Rate > 0) {
		s.Recent.P50, s.Recent.P99 = none, none
	}
	if s.Started == 0 {
		s.LagP99 = none
	}
	return s
}

// View renders a running stage as text or HTML. The zero value is ready. Not safe for
// concurrent use.
type View struct {
	// ASCII writes text without any other characters.
	ASCII bool

	snapshot Snapshot
	history  history
}

// Update sets the state that is shown, and keeps one point of history a second. A
// snapshot of another stage starts a new history.
func (v *View) Update(s Snapshot) {
	if s.Stage != v.snapshot.Stage {
		v.history = history{}
	}
	v.snapshot = s.withoutEmptyLatencies()
	v.history.add(v.snapshot)
}
