package compare

import (
	"math"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Bounds of the bins in which a stage is counted over time.
const (
	targetBins  = 60 // about as many as a figure can show apart
	minBinWidth = 50 * time.Millisecond
	maxBins     = 10_000
)

// BinWidth returns the width of common bins for stages that are compared over time: a
// sixtieth of the longest, rounded up to 1, 2 or 5 times a power of ten, and at least
// 50 ms.
func BinWidth(stages ...runs.Stage) time.Duration {
	var longest time.Duration
	for _, s := range stages {
		_, wall := extent(s)
		longest = max(longest, wall)
	}
	least := max(longest/targetBins, minBinWidth)
	for power := time.Millisecond; power <= math.MaxInt64/10; power *= 10 {
		for _, m := range []time.Duration{1, 2, 5} {
			if m*power >= least {
				return m * power
			}
		}
	}
	return least
}

// Bin counts what happened in one interval of a stage.
type Bin struct {
	// From and To are counted from the stage's start, To not included.
	From, To time.Duration
	// Attempts counts the attempts that began, FirstAttempts those of them that were
	// the first of their operation, or of a step of it. Attempts that did not reach the service
	// count, too; polls and logins do not.
	Attempts, FirstAttempts int
	// Confirmed counts the operations that ended with a confirmed purchase.
	Confirmed int
}

// PerSecond converts n, one of the bin's counts, into a rate.
func (b Bin) PerSecond(n int) float64 { return float64(n) / (b.To - b.From).Seconds() }

// Bins cuts a stage into bins of a width, by default (0 or less) its BinWidth. The
// last bin ends with the stage and is half to one and a half widths long, so that its
// rates can be compared with the others'. There are at most 10,000 bins; they are wider
// if necessary. Rows without a time are not counted; a stage that has only such rows
// has no bins.
func Bins(s runs.Stage, width time.Duration) []Bin {
	start, wall := extent(s)
	if wall <= 0 {
		return nil
	}
	if width <= 0 {
		width = BinWidth(s)
	}
	width = max(width, wall/maxBins+1)
	n := int(wall / width)
	if wall%width >= width-width/2 { // so written, it cannot overflow
		n++
	}
	bins := make([]Bin, max(1, n))
	for i := range bins {
		bins[i].From, bins[i].To = time.Duration(i)*width, time.Duration(i+1)*width
	}
	bins[len(bins)-1].To = wall
	bin := func(t time.Time) *Bin {
		return &bins[min(max(int(t.Sub(start)/width), 0), len(bins)-1)]
	}
	for a := range s.EachAttempt("start_ts", "number", "kind") {
		if a.IsAttempt() && !a.StartTS.IsZero() {
			bin(a.StartTS).Attempts++
			if a.IsFirst() {
				bin(a.StartTS).FirstAttempts++
			}
		}
	}
	for o := range s.EachOperation("outcome", "end_ts") {
		if isConfirmed(o) {
			bin(o.EndTS).Confirmed++
		}
	}
	return bins
}

// extent returns when a stage began, and how long it lasted until the last recorded
// event. A stage without Started begins with its first event.
func extent(s runs.Stage) (start time.Time, wall time.Duration) {
	start = s.Started
	var first, last time.Time
	see := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	for o := range s.EachOperation("start_ts", "end_ts") {
		see(o.StartTS)
		see(o.EndTS)
	}
	for a := range s.EachAttempt("start_ts") {
		see(a.StartTS)
	}
	if start.IsZero() {
		start = first
	}
	return start, max(last.Sub(start), 0)
}

// isConfirmed reports whether the operation ended with a confirmed purchase.
func isConfirmed(o *runs.Operation) bool { return o.Outcome == purchase.OK && !o.EndTS.IsZero() }
