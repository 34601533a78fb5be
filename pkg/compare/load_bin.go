package compare

import (
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// Offer is one stretch of a stage of the open model: what was asked of the
// service, and what it gave.
type LoadBin struct {
	// From and To are counted from the stage's start, To not included.
	From, To time.Duration
	// RateFrom and RateTo are the schedule's arrivals per second at its two ends.
	RateFrom, RateTo float64
	// Arrived counts the operations that the schedule wanted to start in it and
	// that could, Confirmed those that ended in it with a confirmed purchase.
	Arrived, Confirmed int
	// P50 and P99 are of the latencies of the arrived, in ms; NaN without any.
	P50, P99 float64
}

// PerSecond is n, a count of the offer's, as a rate.
func (o LoadBin) PerSecond(n int) float64 { return float64(n) / (o.To - o.From).Seconds() }

// LoadBins cuts an open stage's schedule into stretches of a width, by default (0
// or less) its Interval; each ends with a leg of the schedule at the latest. What
// ended after the schedule is in none of them. A stage of the closed model has no
// rate to offer, which is an error.
func LoadBins(s runs.Stage, width time.Duration) ([]LoadBin, error) {
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
	offers := cut(plan.Rate, width)
	latencies := make([][]float64, len(offers))
	for i := range s.Operations {
		op := &s.Operations[i]
		if at := find(offers, op.ScheduledTS.Sub(s.Started)); at >= 0 {
			offers[at].Arrived++
			latencies[at] = append(latencies[at], op.LatencyMS)
		}
		if at := find(offers, op.EndTS.Sub(s.Started)); at >= 0 && isConfirmed(op) {
			offers[at].Confirmed++
		}
	}
	for i, l := range latencies {
		l = load.Sorted(l)
		offers[i].P50, offers[i].P99 = load.Quantile(l, .5), load.Quantile(l, .99)
	}
	return offers, nil
}

// cut divides each leg into equal stretches of about a width.
func cut(legs []load.Leg, width time.Duration) (offers []LoadBin) {
	var begin time.Duration
	for _, leg := range legs {
		n := min(max(1, int((leg.For+width/2)/width)), mostBins)
		at := func(i int) (time.Duration, float64) {
			share := float64(i) / float64(n)
			return begin + time.Duration(share*float64(leg.For)), leg.From + share*(leg.To-leg.From)
		}
		for i := range n {
			var o LoadBin
			o.From, o.RateFrom = at(i)
			o.To, o.RateTo = at(i + 1)
			offers = append(offers, o)
		}
		begin += leg.For
	}
	return offers
}

// find is the index of the offer that holds a time, -1 when none does.
func find(offers []LoadBin, at time.Duration) int {
	i, found := slices.BinarySearchFunc(offers, at, func(o LoadBin, at time.Duration) int {
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
