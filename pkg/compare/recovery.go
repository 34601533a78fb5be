package compare

import (
	"fmt"
	"time"

	"sagalab/pkg/runs"
)

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
func TimeToRecover(s runs.Stage, from, to time.Duration) Recovery {
	start, _ := extent(s)
	before, last := confirmedBefore(s, start.Add(from)), lastStart(s, start)
	r := Recovery{Verdict: Unclear, Watched: max(last-to, 0), Width: BinWidth(s)}
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

func confirmedBefore(s runs.Stage, t time.Time) (n int) {
	for i := range s.Operations {
		if o := &s.Operations[i]; isConfirmed(o) && o.EndTS.Before(t) {
			n++
		}
	}
	return n
}

// lastStart is when the last operation began, counted from start.
func lastStart(s runs.Stage, start time.Time) (last time.Duration) {
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
func confirmed(s runs.Stage, start time.Time, width time.Duration, n int) []int {
	counts := make([]int, n)
	for i := range s.Operations {
		o := &s.Operations[i]
		if since := o.EndTS.Sub(start); isConfirmed(o) && since >= 0 && since/width < time.Duration(n) {
			counts[since/width]++
		}
	}
	return counts
}

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
