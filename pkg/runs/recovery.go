package runs

import (
	"fmt"
	"math"
	"time"

	"sagalab/pkg/purchase"
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
func Interval(stages ...Stage) time.Duration {
	var longest time.Duration
	for _, s := range stages {
		_, wall := s.extent()
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
func Bins(s Stage, width time.Duration) []Bin {
	start, wall := s.extent()
	if wall <= 0 {
		return nil
	}
	if width <= 0 {
		width = Interval(s)
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
		if o := &s.Operations[i]; o.confirmed() {
			bin(o.EndTS).Confirmed++
		}
	}
	return bins
}

// extent is when a stage began, and how long it took until the last that is
// known of it. Rows without a Started begin with the first of them.
func (s Stage) extent() (start time.Time, wall time.Duration) {
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

// What is said of a stage's recovery from a fault.
const (
	Recovered = "recovered"
	// Never: not within the stage. After a retry storm the load may keep the
	// service down although the fault is gone.
	Never = "never"
	// Unclear: the stage does not tell; Detail says why.
	Unclear = "unclear"
)

// The rule of recovery.
const (
	recoveredShare = .9
	recoveredBins  = 3
	// fewestConfirmed is how many purchases an interval is to confirm as before
	// the fault: with fewer, chance would decide.
	fewestConfirmed = 30
)

// Recovery is how a stage's goodput, the purchases confirmed per second, came
// back after a fault.
type Recovery struct {
	// Verdict is Recovered, Never or Unclear.
	Verdict string
	// After is the time from the fault's end to the first of three intervals in a
	// row that each have 90 % of Before; only with Recovered.
	After time.Duration
	// Before is the goodput before the fault, per second.
	Before float64
	// Width is that of an interval, and so the grain of After.
	Width time.Duration
	// Watched is how long the load went on after the fault.
	Watched time.Duration
	// Detail says why it is Unclear.
	Detail string
}

// TimeToRecover judges how a stage recovered from a fault that lasted from one
// time to another, both counted from the stage's start. Intervals begin with the
// fault's end and are wide enough for 30 purchases at the goodput before it.
// What comes after the last operation's start is not looked at: the virtual
// users run out of work then, and goodput falls without a fault.
func TimeToRecover(s Stage, from, to time.Duration) Recovery {
	start, _ := s.extent()
	before, last := s.confirmedBefore(start.Add(from)), s.lastStart(start)
	r := Recovery{Verdict: Unclear, Watched: max(last-to, 0), Width: Interval(s)}
	if from > to {
		r.Detail = fmt.Sprintf("the fault ends, at %v, before it begins, at %v", to, from)
		return r
	}
	if before < fewestConfirmed || from <= 0 {
		r.Detail = fmt.Sprintf("%d purchases were confirmed before the fault, %d are needed to know the goodput to come back to: let it begin later", before, fewestConfirmed)
		return r
	}
	r.Before = float64(before) / from.Seconds()
	r.Width = max(r.Width, time.Duration(fewestConfirmed/r.Before*float64(time.Second)))
	n := int(r.Watched / r.Width)
	if n < recoveredBins {
		r.Detail = fmt.Sprintf("purchases were begun for %v after the fault, %d intervals of %v are needed: let the load go on for longer", r.Watched.Round(time.Millisecond), recoveredBins, r.Width.Round(time.Millisecond))
		return r
	}
	r.judge(confirmed(s, start.Add(to), r.Width, n))
	return r
}

func (s Stage) confirmedBefore(t time.Time) (n int) {
	for i := range s.Operations {
		if o := &s.Operations[i]; o.confirmed() && o.EndTS.Before(t) {
			n++
		}
	}
	return n
}

// lastStart is when the last operation began, counted from start.
func (s Stage) lastStart(start time.Time) (last time.Duration) {
	for i := range s.Operations {
		if o := &s.Operations[i]; !o.StartTS.IsZero() {
			last = max(last, o.StartTS.Sub(start))
		}
	}
	return last
}

// judge looks for the first intervals in a row that are as good as before.
func (r *Recovery) judge(confirmed []int) {
	enough := recoveredShare * r.Before * r.Width.Seconds()
	row := 0
	for i, n := range confirmed {
		if row++; float64(n) < enough {
			row = 0
		}
		if row == recoveredBins {
			r.Verdict, r.After = Recovered, time.Duration(i+1-recoveredBins)*r.Width
			return
		}
	}
	r.Verdict = Never
}

// confirmed counts the confirmed purchases by their ends in n intervals from
// start on.
func confirmed(s Stage, start time.Time, width time.Duration, n int) []int {
	counts := make([]int, n)
	for i := range s.Operations {
		o := &s.Operations[i]
		if since := o.EndTS.Sub(start); o.confirmed() && since >= 0 && since/width < time.Duration(n) {
			counts[since/width]++
		}
	}
	return counts
}

func (o *Operation) confirmed() bool { return o.Outcome == purchase.OK && !o.EndTS.IsZero() }

// String is the recovery in a sentence. A recovery is told as the end of the first interval that is back, because intervals
// cannot show when in it that was.
func (r Recovery) String() string {
	switch r.Verdict {
	case Recovered:
		return fmt.Sprintf("recovered within %v of the fault's end: at least 90 %% of the %.1f purchases/s before it, in intervals of %v",
			(r.After + r.Width).Round(time.Millisecond), r.Before, r.Width.Round(time.Millisecond))
	case Never:
		return fmt.Sprintf("never: not back to 90 %% of the %.1f purchases/s before the fault in the %v that the load went on after it", r.Before, r.Watched.Round(time.Millisecond))
	}
	return "unclear: " + r.Detail
}
