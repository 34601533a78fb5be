package compare

import (
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// LoadBin counts what was offered to the service, and what it achieved, in one interval
// of a stage of the open model.
type LoadBin struct {
	// From and To are counted from the stage's start, To not included.
	From, To time.Duration
	// RateFrom and RateTo are the schedule's arrivals per second at its two ends.
	RateFrom, RateTo float64
	// Arrived counts the operations that the schedule wanted to start in the bin and
	// that did start, Confirmed those that ended in it with a confirmed purchase.
	Arrived, Confirmed int
	// P50 and P99 are the latencies of the arrived operations, in ms; NaN without any.
	P50, P99 float64
}

// PerSecond converts n, one of the bin's counts, into a rate.
func (l LoadBin) PerSecond(n int) float64 { return float64(n) / (l.To - l.From).Seconds() }

// LoadBins cuts an open stage's schedule into bins of a width, by default (0 or less) its
// BinWidth; each ends with a segment of the schedule at the latest. What ended after the
// schedule is in none of them. A stage of the closed model has no arrival rate, which is
// an error.
func LoadBins(s runs.Stage, width time.Duration) (_ []LoadBin, err error) {
	defer runs.CatchDamage(&err)
	plan, err := load.ParseStage(s.Load)
	if err != nil {
		return nil, fmt.Errorf("stage %q: what it was to run cannot be read: %w", s.Stage, err)
	}
	if !plan.Open() {
		return nil, fmt.Errorf("stage %q has no arrival rate: it ran a closed model (%s)", s.Stage, s.Load)
	}
	if width <= 0 {
		width = BinWidth(s)
	}
	bins := cutSchedule(plan.Rate, width)
	latencies := make([][]float64, len(bins))
	for op := range s.EachOperation("scheduled_ts", "end_ts", "latency_ms", "outcome") {
		if at := binAt(bins, op.ScheduledTS.Sub(s.Started)); at >= 0 {
			bins[at].Arrived++
			latencies[at] = append(latencies[at], op.LatencyMS)
		}
		if at := binAt(bins, op.EndTS.Sub(s.Started)); at >= 0 && isConfirmed(op) {
			bins[at].Confirmed++
		}
	}
	for i, l := range latencies {
		l = load.Sorted(l)
		bins[i].P50, bins[i].P99 = load.Quantile(l, .5), load.Quantile(l, .99)
	}
	return bins, nil
}

// cutSchedule divides each segment into equal bins of about a width.
func cutSchedule(segments []load.Segment, width time.Duration) (bins []LoadBin) {
	var begin time.Duration
	for _, segment := range segments {
		n := min(max(1, int((segment.For+width/2)/width)), maxBins)
		at := func(i int) (time.Duration, float64) {
			share := float64(i) / float64(n)
			return begin + time.Duration(share*float64(segment.For)), segment.From + share*(segment.To-segment.From)
		}
		for i := range n {
			var o LoadBin
			o.From, o.RateFrom = at(i)
			o.To, o.RateTo = at(i + 1)
			bins = append(bins, o)
		}
		begin += segment.For
	}
	return bins
}

// binAt returns the index of the bin that holds a time, -1 when none does.
func binAt(bins []LoadBin, at time.Duration) int {
	i, found := slices.BinarySearchFunc(bins, at, func(o LoadBin, at time.Duration) int {
		switch {
		case at < o.From:
			return 1
		case at >= o.To:
			return -1
		}
		return 0
	})
	if !found {
		return -1
	}
	return i
}
