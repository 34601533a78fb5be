package compare

import (
	"fmt"
	"time"

	"sagalab/pkg/runs"
)

// The verdicts on a stage's recovery from a fault.
const (
	// Recovered: goodput came back while the load went on.
	Recovered = "recovered"
	// NotRecovered: goodput did not come back within the stage. After a retry storm the
	// load may keep the service down although the fault is over.
	NotRecovered = "never"
	// Unclear: the stage has too little data; Detail says what is missing.
	Unclear = "unclear"
)

// Thresholds of the rule that judges a recovery.
const (
	recoveredFraction = .9
	recoveredBins     = 3
	// minConfirmed is how many purchases a bin has to hold at the goodput before the
	// fault: with fewer, chance would decide.
	minConfirmed = 30
)

// Recovery reports whether and when a stage's goodput, the purchases confirmed per
// second, came back after a fault.
type Recovery struct {
	// Verdict is Recovered, NotRecovered or Unclear.
	Verdict string
	// After is the time from the fault's end to the first of three bins in a row that
	// each have 90 % of GoodputBefore; set only with Recovered.
	After time.Duration
	// GoodputBefore is the goodput before the fault, per second.
	GoodputBefore float64
	// Width is the width of a bin, and so the resolution of After.
	Width time.Duration
	// LoadAfter is how long the load went on after the fault.
	LoadAfter time.Duration
	// Detail says why the verdict is Unclear, "" otherwise.
	Detail string
}

// TimeToRecover judges how a stage recovered from a fault that lasted from from to to,
// both counted from the stage's start. Bins begin with the fault's end and are wide
// enough for 30 purchases at the goodput before it. The time after the start of the
// last operation is left out: the virtual users run out of work then, and goodput falls
// without a fault.
func TimeToRecover(s runs.Stage, from, to time.Duration) Recovery {
	start, _ := extent(s)
	before, last := confirmedBefore(s, start.Add(from)), lastStart(s, start)
	r := Recovery{Verdict: Unclear, LoadAfter: max(last-to, 0), Width: BinWidth(s)}
	if from > to {
		r.Detail = fmt.Sprintf("the fault ends, at %v, before it begins, at %v", to, from)
		return r
	}
	if before < minConfirmed || from <= 0 {
		r.Detail = fmt.Sprintf("%d purchases were confirmed before the fault, %d are needed to know the goodput to come back to: let it begin later", before, minConfirmed)
		return r
	}
	r.GoodputBefore = float64(before) / from.Seconds()
	r.Width = max(r.Width, time.Duration(minConfirmed/r.GoodputBefore*float64(time.Second)))
	n := int(r.LoadAfter / r.Width)
	if n < recoveredBins {
		r.Detail = fmt.Sprintf("purchases were begun for %v after the fault, %d intervals of %v are needed: let the load go on for longer", r.LoadAfter.Round(time.Millisecond), recoveredBins, r.Width.Round(time.Millisecond))
		return r
	}
	r.judge(confirmedPerBin(s, start.Add(to), r.Width, n))
	return r
}

// confirmedBefore counts the purchases confirmed before t.
func confirmedBefore(s runs.Stage, t time.Time) (n int) {
	for o := range s.EachOperation("outcome", "end_ts") {
		if isConfirmed(o) && o.EndTS.Before(t) {
			n++
		}
	}
	return n
}

// lastStart returns when the last operation began, counted from start.
func lastStart(s runs.Stage, start time.Time) (last time.Duration) {
	for o := range s.EachOperation("start_ts") {
		if !o.StartTS.IsZero() {
			last = max(last, o.StartTS.Sub(start))
		}
	}
	return last
}

// judge looks for the first bins in a row whose goodput is as high as before.
func (r *Recovery) judge(confirmed []int) {
	enough := recoveredFraction * r.GoodputBefore * r.Width.Seconds()
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
	r.Verdict = NotRecovered
}

// confirmedPerBin counts the confirmed purchases by their ends in n bins from start on.
func confirmedPerBin(s runs.Stage, start time.Time, width time.Duration, n int) []int {
	counts := make([]int, n)
	for o := range s.EachOperation("outcome", "end_ts") {
		if since := o.EndTS.Sub(start); isConfirmed(o) && since >= 0 && since/width < time.Duration(n) {
			counts[since/width]++
		}
	}
	return counts
}

// String is the recovery in a sentence. It gives the end of the first bin that is back,
// because a bin does not show when in it that was.
func (r Recovery) String() string {
	switch r.Verdict {
	case Recovered:
		return fmt.Sprintf("recovered within %v of the fault's end: at least 90 %% of the %.1f purchases/s before it, in intervals of %v",
			(r.After + r.Width).Round(time.Millisecond), r.GoodputBefore, r.Width.Round(time.Millisecond))
	case NotRecovered:
		return fmt.Sprintf("never: not back to 90 %% of the %.1f purchases/s before the fault in the %v that the load went on after it", r.GoodputBefore, r.LoadAfter.Round(time.Millisecond))
	}
	return "unclear: " + r.Detail
}
