package compare

import (
	"math"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Bounds of the intervals in which a stage is looked at over time.
const (
	intervals        = 60 // about as many as a figure can show apart
	shortestInterval = 50 * time.Millisecond
	mostBins         = 10_000
)

// Interval is the width of common intervals for stages that are compared over
// time: a sixtieth of the longest, rounded up to 1, 2 or 5 times a power of ten,
// and 50 ms at least.
func BinWidth(stages ...runs.Stage) time.Duration {
	var longest time.Duration
	for _, s := range stages {
		_, wall := extent(s)
		longest = max(longest, wall)
	}
	least := max(longest/intervals, shortestInterval)
	for power := time.Millisecond; power <= math.MaxInt64/10; power *= 10 {
		for _, m := range []time.Duration{1, 2, 5} {
			if m*power >= least {
				return m * power
			}
		}
	}
	return least
}

// Bin is what happened in one interval of a stage.
type Bin struct {
	// From and To are counted from the stage's start, To not included.
	From, To time.Duration
	// Attempts counts the attempts that began, Begun the first ones among them:
	// the operations that set out. Those that reached nobody count, too.
	Attempts, Begun int
	// Confirmed counts the operations that ended with a confirmed purchase.
	Confirmed int
}

// PerSecond is n, a count of the bin's, as a rate.
func (b Bin) PerSecond(n int) float64 { return float64(n) / (b.To - b.From).Seconds() }

// Bins cuts a stage into intervals of a width, by default (0 or less) its
// Interval. The last one ends with the stage and is half to one and a half
// widths long, so that its rates can be compared with the others'. There are at
// most 10,000, wider ones if need be. What has no time is not counted; a stage
// in which nothing has one has no bins.
func Bins(s runs.Stage, width time.Duration) []Bin {
	start, wall := extent(s)
	if wall <= 0 {
		return nil
	}
	if width <= 0 {
		width = BinWidth(s)
	}
	width = max(width, wall/mostBins+1)
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
	for i := range s.Attempts {
		if a := &s.Attempts[i]; !a.StartTS.IsZero() {
			bin(a.StartTS).Attempts++
			if a.Number == 1 {
				bin(a.StartTS).Begun++
			}
		}
	}
	for i := range s.Operations {
		if o := &s.Operations[i]; isConfirmed(o) {
			bin(o.EndTS).Confirmed++
		}
	}
	return bins
}

// extent is when a stage began, and how long it took until the last that is
// known of it. Rows without a Started begin with the first of them.
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
	for i := range s.Operations {
		see(s.Operations[i].StartTS)
		see(s.Operations[i].EndTS)
	}
	for i := range s.Attempts {
		see(s.Attempts[i].StartTS)
	}
	if start.IsZero() {
		start = first
	}
	return start, max(last.Sub(start), 0)
}

func isConfirmed(o *runs.Operation) bool { return o.Outcome == purchase.OK && !o.EndTS.IsZero() }
