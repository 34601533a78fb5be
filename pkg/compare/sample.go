package compare

import (
	"cmp"
	"math"
	"slices"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// sample is a stage prepared for estimates: what its operations were, in the
// order in which the schedule wanted them to start.
type sample struct {
	operations []event
	sorted     []float64 // the latencies, ascending, without NaNs
	ordered    []float64 // the same in the order of operations
	together   float64   // operations under way at once, on average
	blocks     int
	confidence float64
	wall       time.Duration
	rated      time.Duration // what rates are of: Info.RateTime
}

// event is what is compared of an operation.
type event struct {
	scheduled, ended int64 // nanoseconds since the stage's start
	index            int64
	latency          float64
	attempts         int64
	success, unknown bool
}

func sampleOf(s runs.Stage, confidence float64) sample {
	events := make([]event, len(s.Operations))
	for i := range s.Operations {
		o := &s.Operations[i]
		events[i] = event{
			scheduled: int64(o.ScheduledTS.Sub(s.Started)), ended: int64(o.EndTS.Sub(s.Started)), index: o.Index,
			latency: o.LatencyMS, attempts: o.Attempts, success: o.Success, unknown: o.Outcome == purchase.Unknown,
		}
	}
	x := newSample(events, s.Workers, s.Wall(), confidence)
	x.rated = s.RateTime(x.wall, x.sorted)
	return x
}

func newSample(events []event, workers int, wall time.Duration, confidence float64) sample {
	if !slices.IsSortedFunc(events, earlier) {
		slices.SortFunc(events, earlier)
	}
	x := sample{operations: events, ordered: make([]float64, 0, len(events)), wall: wall, confidence: confidence}
	for i := range events {
		if v := events[i].latency; !math.IsNaN(v) {
			x.ordered = append(x.ordered, v)
		}
	}
	x.sorted, x.rated = load.Sorted(x.ordered), wall
	x.together = together(events, workers, wall)
	x.blocks = blocksFor(len(events), int(math.Ceil(x.together)))
	return x
}

// together is how many operations were under way at once on average (Little
// 1961), from 1 to as many as there were workers: those of an open model are a
// bound that is hardly ever reached.
func together(events []event, workers int, wall time.Duration) float64 {
	most := float64(max(len(events), 1))
	if workers > 0 {
		most = min(most, float64(workers))
	}
	if wall <= 0 {
		return most
	}
	sum := 0.
	for i := range events {
		sum += float64(events[i].ended - events[i].scheduled)
	}
	return min(max(sum/float64(wall), 1), most)
}

// earlier orders by time; at one time by the place in the schedule, so that the
// order in which rows come makes no difference.
func earlier(a, b event) int {
	return cmp.Or(cmp.Compare(a.scheduled, b.scheduled), cmp.Compare(a.index, b.index), cmp.Compare(a.latency, b.latency),
		cmp.Compare(a.ended, b.ended), cmp.Compare(a.attempts, b.attempts))
}

// measured is a metric of one stage.
type measured struct {
	Estimate
	// worth is how many independent operations its samples are worth, NaN where
	// that is not known; dependent as in spread.
	worth     float64
	dependent bool
}

func (x sample) measure(m Metric) measured {
	if len(x.operations) == 0 {
		return measured{Estimate: unknown}
	}
	if q, ok := percentiles[m]; ok {
		return x.quantile(q)
	}
	switch m {
	case Mean:
		return x.mean()
	case ErrorRatio:
		return x.ratio(func(o *event) bool { return !o.success })
	case UnknownRatio:
		return x.ratio(func(o *event) bool { return o.unknown })
	case Amplification:
		return x.amplification()
	case Throughput:
		return x.rate(func(*event) bool { return true })
	default:
		return x.rate(func(o *event) bool { return o.success })
	}
}

func (x sample) critical(s spread) float64 { return student(x.confidence, s.blocks-1) }

// quantile's interval is that of the share of latencies below it, read back from
// the sorted latencies (Woodruff 1952): Wilson's, for as many independent
// requests as the blocks say these are worth. A latency that equals the quantile
// counts half, or a stall of equal ones would seem not to vary.
func (x sample) quantile(q float64) measured {
	n := len(x.sorted)
	value := load.Quantile(x.sorted, q)
	s := blockwise(n, min(x.blocks, n), func(i int) float64 { return (one(x.ordered[i] < value) + one(x.ordered[i] <= value)) / 2 })
	if s.blocks < 2 {
		return bare(value, n)
	}
	worth := s.worth(n)
	within := wilson(q, worth, x.critical(s))
	low, high := int(math.Floor(within.Low*float64(n))), int(math.Ceil(within.High*float64(n)))
	return measured{Estimate{value, x.sorted[max(low, 1)-1], x.sorted[min(high+1, n)-1]}, worth, s.dependent()}
}

// bare is a value of which nothing tells how far it may be off.
func bare(value float64, n int) measured {
	return measured{Estimate: Estimate{value, math.NaN(), math.NaN()}, worth: float64(n)}
}

// mean's interval is Student's on the logarithm, since latencies lean to one side.
func (x sample) mean() measured {
	n := len(x.ordered)
	s := blockwise(n, min(x.blocks, n), func(i int) float64 { return x.ordered[i] })
	return measured{x.around(s.mean, s), s.worth(n), s.dependent()}
}

// around is a positive value with Student's interval on its logarithm.
func (x sample) around(value float64, s spread) Estimate {
	if s.blocks < 2 || !(value > 0) {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	factor := math.Exp(x.critical(s) * math.Sqrt(s.variance) / value)
	return Estimate{value, value / factor, value * factor}
}

// ratio is in percent.
func (x sample) ratio(is func(*event) bool) measured {
	n := len(x.operations)
	s := blockwise(n, x.blocks, func(i int) float64 { return one(is(&x.operations[i])) })
	if s.blocks < 2 {
		return bare(100*s.mean, n)
	}
	e := wilson(s.mean, s.worth(n), x.critical(s)).through(func(v float64) float64 { return 100 * v })
	return measured{e, s.worth(n), s.dependent()}
}

// amplification's interval is that of the retries an operation, which are counts.
func (x sample) amplification() measured {
	n := len(x.operations)
	attempts := 0.
	for i := range x.operations {
		attempts += float64(x.operations[i].attempts)
	}
	value := attempts / float64(n)
	s := blockwise(n, x.blocks, func(i int) float64 { return float64(max(0, x.operations[i].attempts-1)) })
	if s.blocks < 2 {
		return bare(value, n)
	}
	effect := s.effect(s.mean / float64(n))
	retries := counted(s.mean, float64(n), effect, x.critical(s))
	return measured{Estimate{value, value - s.mean + retries.Low, value - s.mean + retries.High}, float64(n) / effect, s.dependent()}
}

// rate counts what ended in intervals of the stage's wall time, which are the
// blocks of a rate; the rate itself is of the time that rates are of. It is unknown for a stage that took no time.
func (x sample) rate(counts func(*event) bool) measured {
	if x.wall <= 0 {
		return measured{Estimate: unknown, worth: math.NaN()}
	}
	ends := make([]float64, x.blocks)
	width := x.rated.Seconds() / float64(x.blocks)
	total := 0.
	for i := range x.operations {
		if o := &x.operations[i]; counts(o) {
			k := int(float64(o.ended) / float64(x.wall) * float64(x.blocks))
			ends[min(max(k, 0), x.blocks-1)] += 1 / width
			total++
		}
	}
	s := spreadOf(ends)
	if total == 0 {
		return measured{counted(0, x.rated.Seconds(), 1, x.critical(s)), math.NaN(), false}
	}
	// the first and the last interval are the stage's own edges: that neighbours
	// go together there is no sign of blocks that are too short
	return measured{x.around(total/x.rated.Seconds(), s), math.NaN(), false}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
