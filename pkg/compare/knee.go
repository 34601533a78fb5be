package compare

import (
	"fmt"
	"math"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// What is said of a stage's knee; Unclear is said of it, too.
const (
	// KneeFound: the service kept up to a rate, and not beyond it.
	KneeFound = "found"
	// NoKnee: the service kept up to the end of the schedule.
	NoKnee = "none"
)

// The rule of the knee.
const (
	// keptUp is the share of what arrives that has to be confirmed.
	keptUp = .95
	// kneeStretches is how many stretches a stage is cut into at most, and
	// fewestStretches how many a knee has to be told from; it has to have lastingly
	// many of them behind it.
	kneeStretches, fewestStretches, lastingly = 40, 10, 3
	shortestStretch                           = 100 * time.Millisecond
	// fewestOffered is how many arrivals a knee is told from at least.
	fewestOffered = fewestStretches * fewestConfirmed
	// chance is how many standard deviations of independent arrivals a shortfall
	// has to exceed to be none of chance.
	chance = 3
	// fewestArrived is how many arrivals a stretch's median is of at least.
	fewestArrived = 10
)

// Knee is the highest offered rate at which what a service confirms still keeps up
// with what arrives. It is a property of throughput: RFC 1242 (3.17) defines the
// throughput of a network device so, as the highest rate at which nothing that is
// offered is lost. The curve of latency has no such point: where it seems to bend
// depends on the scale of its axis (Gunther 2009, "Mind your knees and queues").
//
// The schedule is cut into at most 40 stretches. The service keeps up in one if it
// confirms 95 % of what arrives in it, counted a calm latency later: the lowest
// median latency of any stretch. The knee is where the sum of what was confirmed
// less 95 % of what arrived is highest, a change point by cumulative sums (Page
// 1954, "Continuous inspection schemes"). So a pause that the service makes up for
// moves no knee, nor does a good moment beyond it.
type Knee struct {
	// Verdict is KneeFound, NoKnee or Unclear.
	Verdict string
	// Rate is the knee in arrivals per second; only with KneeFound.
	Rate float64
	// Highest is the highest rate that was offered.
	Highest float64
	// Before and After are the shares of what arrived, 0 to 1, that were confirmed
	// before and beyond the knee; without a knee Before is that of all.
	Before, After float64
	// Confirmed is how many purchases a second were confirmed beyond the knee.
	Confirmed float64
	// Detail says why it is Unclear.
	Detail string
}

// FindKnee looks for the knee of an open stage whose rate rises, in a ramp or in
// steps. A stage of the closed model, and one whose rate falls, is an error.
func FindKnee(s runs.Stage) (Knee, error) {
	end := scheduledEnd(s)
	offers, err := LoadBins(s, max(end/kneeStretches, shortestStretch))
	if err != nil {
		return Knee{}, err
	}
	for i, o := range offers {
		if o.RateTo < o.RateFrom || i > 0 && o.RateFrom < offers[i-1].RateTo {
			return Knee{}, fmt.Errorf("stage %q: its rate falls %v after the start (%s): a knee is looked for while the rate rises", s.Stage, o.From, s.Load)
		}
	}
	return kneeOf(offersMet(s, offers, end)), nil
}

// scheduledEnd is how much of its schedule a stage came to: all of it, unless it was
// stopped.
func scheduledEnd(s runs.Stage) (end time.Duration) {
	if plan, err := load.ParseStage(s.Load); err == nil && s.State == runs.Complete {
		return plan.Length()
	}
	for i := range s.Operations {
		end = max(end, s.Operations[i].ScheduledTS.Sub(s.Started))
	}
	return end
}

// offersMet is the offers of a stage's schedule up to a time.
func offersMet(s runs.Stage, offers []LoadBin, end time.Duration) []met {
	var list []met
	for _, o := range offers {
		if o.To > end {
			break
		}
		m := met{LoadBin: o, offered: float64(o.Arrived)}
		if s.Dropped() > 0 { // those that could not start have no rows
			m.offered = (o.RateFrom + o.RateTo) / 2 * (o.To - o.From).Seconds()
		}
		list = append(list, m)
	}
	confirmLater(s, list, calmLatency(list))
	return list
}

// met is an offer, with what arrived in it, dropped or not, and how much of that
// was confirmed.
type met struct {
	LoadBin
	offered, confirmed float64
}

// calmLatency is the lowest median latency of a stretch.
func calmLatency(list []met) time.Duration {
	calm := math.Inf(1)
	for _, m := range list {
		if m.Arrived >= fewestArrived {
			calm = min(calm, m.P50)
		}
	}
	if math.IsInf(calm, 1) {
		return 0
	}
	return time.Duration(calm * float64(time.Millisecond))
}

// confirmLater counts the confirmed purchases of each stretch, moved by a latency.
func confirmLater(s runs.Stage, list []met, by time.Duration) {
	offers := make([]LoadBin, len(list))
	for i := range list {
		offers[i] = list[i].LoadBin
	}
	for i := range s.Operations {
		o := &s.Operations[i]
		if at := find(offers, o.EndTS.Sub(s.Started)-by); at >= 0 && isConfirmed(o) {
			list[at].confirmed++
		}
	}
}

// kneeOf finds the change point.
func kneeOf(list []met) (k Knee) {
	k.Verdict = Unclear
	best, highest, sum := 0, 0., 0.
	for i, m := range list {
		k.Highest = m.RateTo
		if sum += m.confirmed - keptUp*m.offered; sum >= highest {
			best, highest = i+1, sum
		}
	}
	before, after := total(list[:best]), total(list[best:])
	offered := before.offered + after.offered
	if len(list) < fewestStretches || offered < fewestOffered {
		k.Detail = fmt.Sprintf("%.0f arrivals in %d stretches are too few for a knee, %d in %d are needed: let the load go on for longer", offered, len(list), fewestOffered, fewestStretches)
		return k
	}
	if keptUp*after.offered-after.confirmed <= chance*math.Sqrt(after.offered) {
		k.Verdict, k.Before = NoKnee, (before.confirmed+after.confirmed)/offered
		return k
	}
	switch {
	case best == 0:
		k.Detail = fmt.Sprintf("the service did not keep up with %s, the lowest rate offered: begin lower", FormatRate(list[0].RateFrom))
		return k
	case len(list)-best < lastingly:
		k.Detail = fmt.Sprintf("the service fell behind only in the last %v, at %s: let the rate rise further", (after.To - after.From).Round(time.Millisecond), FormatRate(k.Highest))
		return k
	}
	k.Verdict, k.Rate = KneeFound, list[best-1].RateTo
	k.Before, k.After = before.confirmed/before.offered, after.confirmed/after.offered
	k.Confirmed = after.confirmed / (after.To - after.From).Seconds()
	return k
}

// total is stretches that follow one another as one.
func total(list []met) (t met) {
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
			FormatRate(k.Rate), 100*k.Before, 100*k.After, FormatRate(k.Confirmed))
	case NoKnee:
		return fmt.Sprintf("no knee seen up to %s: %.0f %% of what arrived was confirmed as it arrived", FormatRate(k.Highest), 100*k.Before)
	}
	return "unclear: " + k.Detail
}

// PerSecond writes a rate with four digits, and all of its digits from 1000/s on.
func FormatRate(rate float64) string {
	if math.Abs(rate) >= 1000 {
		return fmt.Sprintf("%.0f/s", rate)
	}
	return fmt.Sprintf("%.4g/s", rate)
}
