package compare

import (
	"fmt"
	"math"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// The verdicts on a stage's knee, beside Unclear.
const (
	// KneeFound: the service kept up to a rate, and not beyond it.
	KneeFound = "found"
	// NoKnee: the service kept up to the end of the schedule.
	NoKnee = "none"
)

// Thresholds of the rule that finds a knee.
const (
	// keepUpFraction is the fraction of arrivals that has to be confirmed.
	keepUpFraction = .95
	// maxKneeBins is how many bins a stage is cut into at most, minKneeBins how many a
	// verdict needs, minBinsBeyond how many of them have to lie beyond a knee.
	maxKneeBins, minKneeBins, minBinsBeyond = 40, 10, 3
	minKneeBinWidth                         = 100 * time.Millisecond
	// minOffered is how many arrivals a verdict needs.
	minOffered = minKneeBins * minConfirmed
	// maxDeviations is how many standard deviations of independent arrivals a shortfall
	// may have and still be attributed to chance.
	maxDeviations = 3
	// minArrived is how many arrivals a bin needs for its median to be used.
	minArrived = 10
)

// Knee is the highest offered rate at which the purchases that a service confirms keep
// up with the arrivals. It is a property of throughput: RFC 1242 (3.17) defines the
// throughput of a network device in this way, as the highest rate at which nothing that
// is offered is lost. The curve of latency has no such point: where it seems to bend
// depends on the scale of its axis (Gunther 2009, "Mind your knees and queues").
//
// The schedule is cut into at most 40 bins. The service keeps up in a bin if it confirms
// 95 % of its arrivals, counted later by the lowest median latency of any bin. The knee
// is where the sum of confirmed less 95 % of arrived is highest, a change point by
// cumulative sums (Page 1954, "Continuous inspection schemes"). So neither a pause that
// the service makes up for nor a good moment beyond the knee moves it.
type Knee struct {
	// Verdict is KneeFound, NoKnee or Unclear.
	Verdict string
	// Rate is the knee in arrivals per second; set only with KneeFound.
	Rate float64
	// Highest is the highest rate that was offered.
	Highest float64
	// ConfirmedBefore and ConfirmedAfter are the fractions of arrivals, 0 to 1, that were
	// confirmed before and beyond the knee; without a knee ConfirmedBefore is that of all.
	ConfirmedBefore, ConfirmedAfter float64
	// GoodputBeyond is the purchases confirmed per second beyond the knee.
	GoodputBeyond float64
	// Detail says why the verdict is Unclear, "" otherwise.
	Detail string
}

// FindKnee looks for the knee of an open stage whose rate rises, in a ramp or in steps.
// It returns an error for a stage of the closed model and for one whose rate falls.
func FindKnee(s runs.Stage) (_ Knee, err error) {
	defer runs.CatchDamage(&err)
	end := scheduledEnd(s)
	bins, err := LoadBins(s, max(end/maxKneeBins, minKneeBinWidth))
	if err != nil {
		return Knee{}, err
	}
	for i, o := range bins {
		if o.RateTo < o.RateFrom || i > 0 && o.RateFrom < bins[i-1].RateTo {
			return Knee{}, fmt.Errorf("stage %q: its rate falls %v after the start (%s): a knee is looked for while the rate rises", s.Stage, o.From, s.Load)
		}
	}
	return changePoint(offeredBins(s, bins, end)), nil
}

// scheduledEnd returns how much of its schedule a stage came to: all of it, unless it
// was stopped.
func scheduledEnd(s runs.Stage) (end time.Duration) {
	if plan, err := load.ParseStage(s.Load); err == nil && s.State == runs.Complete {
		return plan.Length()
	}
	for o := range s.EachOperation("scheduled_ts") {
		end = max(end, o.ScheduledTS.Sub(s.Started))
	}
	return end
}

// offeredBins returns the bins that lie before end, with what arrived and was confirmed.
func offeredBins(s runs.Stage, bins []LoadBin, end time.Duration) []offeredBin {
	var list []offeredBin
	for _, o := range bins {
		if o.To > end {
			break
		}
		m := offeredBin{LoadBin: o, offered: float64(o.Arrived)}
		if s.Dropped() > 0 { // those that could not start have no rows
			m.offered = (o.RateFrom + o.RateTo) / 2 * (o.To - o.From).Seconds()
		}
		list = append(list, m)
	}
	countConfirmed(s, list, lowestMedian(list))
	return list
}

// offeredBin is a bin with its arrivals, dropped ones included, and how many of them were
// confirmed.
type offeredBin struct {
	LoadBin
	offered, confirmed float64
}

// lowestMedian returns the lowest median latency of any bin, 0 when none has enough
// arrivals.
func lowestMedian(list []offeredBin) time.Duration {
	calm := math.Inf(1)
	for _, m := range list {
		if m.Arrived >= minArrived {
			calm = min(calm, m.P50)
		}
	}
	if math.IsInf(calm, 1) {
		return 0
	}
	return time.Duration(calm * float64(time.Millisecond))
}

// countConfirmed counts each bin's confirmed purchases, their ends moved back by a latency.
func countConfirmed(s runs.Stage, list []offeredBin, by time.Duration) {
	bins := make([]LoadBin, len(list))
	for i := range list {
		bins[i] = list[i].LoadBin
	}
	for o := range s.EachOperation("end_ts", "outcome") {
		if at := binAt(bins, o.EndTS.Sub(s.Started)-by); at >= 0 && isConfirmed(o) {
			list[at].confirmed++
		}
	}
}

// changePoint judges the bins, in their order.
func changePoint(list []offeredBin) (k Knee) {
	k.Verdict = Unclear
	best, highest, sum := 0, 0., 0.
	for i, m := range list {
		k.Highest = m.RateTo
		if sum += m.confirmed - keepUpFraction*m.offered; sum >= highest {
			best, highest = i+1, sum
		}
	}
	before, after := mergeBins(list[:best]), mergeBins(list[best:])
	offered := before.offered + after.offered
	if len(list) < minKneeBins || offered < minOffered {
		k.Detail = fmt.Sprintf("%.0f arrivals in %d bins are too few for a knee, %d in %d are needed: let the load go on for longer", offered, len(list), minOffered, minKneeBins)
		return k
	}
	if keepUpFraction*after.offered-after.confirmed <= maxDeviations*math.Sqrt(after.offered) {
		k.Verdict, k.ConfirmedBefore = NoKnee, (before.confirmed+after.confirmed)/offered
		return k
	}
	switch {
	case best == 0:
		k.Detail = fmt.Sprintf("the service did not keep up with %s, the lowest rate offered: begin lower", FormatRate(list[0].RateFrom))
		return k
	case len(list)-best < minBinsBeyond:
		k.Detail = fmt.Sprintf("the service fell behind only in the last %v, at %s: let the rate rise further", (after.To - after.From).Round(time.Millisecond), FormatRate(k.Highest))
		return k
	}
	k.Verdict, k.Rate = KneeFound, list[best-1].RateTo
	k.ConfirmedBefore, k.ConfirmedAfter = before.confirmed/before.offered, after.confirmed/after.offered
	k.GoodputBeyond = after.confirmed / (after.To - after.From).Seconds()
	return k
}

// mergeBins adds up bins that follow one another.
func mergeBins(list []offeredBin) (t offeredBin) {
	for i, m := range list {
		if i == 0 {
			t.From = m.From
		}
		t.To, t.offered, t.confirmed = m.To, t.offered+m.offered, t.confirmed+m.confirmed
	}
	return t
}

// String is the knee in a sentence.
func (k Knee) String() string {
	switch k.Verdict {
	case KneeFound:
		return fmt.Sprintf("knee at %s: up to there %.0f %% of what arrived was confirmed as it arrived, beyond it %.0f %%, which is %s",
			FormatRate(k.Rate), 100*k.ConfirmedBefore, 100*k.ConfirmedAfter, FormatRate(k.GoodputBeyond))
	case NoKnee:
		return fmt.Sprintf("no knee seen up to %s: %.0f %% of what arrived was confirmed as it arrived", FormatRate(k.Highest), 100*k.ConfirmedBefore)
	}
	return "unclear: " + k.Detail
}

// FormatRate writes a rate with four digits, from 1000/s on with all before the point.
func FormatRate(rate float64) string {
	if math.Abs(rate) >= 1000 {
		return fmt.Sprintf("%.0f/s", rate)
	}
	return fmt.Sprintf("%.4g/s", rate)
}
