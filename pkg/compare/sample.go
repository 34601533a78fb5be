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
	observations []observation
	sorted       []float64 // the latencies, ascending, without NaNs
	ordered      []float64 // the same in the order of operations
	inFlight     float64   // operations under way at once, on average
	blocks       int
	confidence   float64
	wall         time.Duration
	rateTime     time.Duration // what rates are of: Info.RateTime
}

// event is what is compared of an operation.
type observation struct {
	scheduled, ended int64 // nanoseconds since the stage's start
	index            int64
	latency          float64
	attempts         int64
	success, unknown bool
}

func sampleOf(s runs.Stage, confidence float64) sample {
	events := make([]observation, len(s.Operations))
	for i := range s.Operations {
		o := &s.Operations[i]
		events[i] = observation{
			scheduled: int64(o.ScheduledTS.Sub(s.Started)), ended: int64(o.EndTS.Sub(s.Started)), index: o.Index,
			latency: o.LatencyMS, attempts: o.Attempts, success: o.Success, unknown: o.Outcome == purchase.Unknown,
		}
	}
	x := newSample(events, s.Workers, s.Wall(), confidence)
	x.rateTime = s.RateTime(x.wall, x.sorted)
	return x
}

func newSample(events []observation, workers int, wall time.Duration, confidence float64) sample {
	if !slices.IsSortedFunc(events, earlier) {
		slices.SortFunc(events, earlier)
	}
	x := sample{observations: events, ordered: make([]float64, 0, len(events)), wall: wall, confidence: confidence}
	for i := range events {
		if v := events[i].latency; !math.IsNaN(v) {
			x.ordered = append(x.ordered, v)
		}
	}
	x.sorted, x.rateTime = load.Sorted(x.ordered), wall
	x.inFlight = meanInFlight(events, workers, wall)
	x.blocks = blocksFor(len(events), int(math.Ceil(x.inFlight)))
	return x
}

// together is how many operations were under way at once on average (Little
// 1961), from 1 to as many as there were workers: those of an open model are a
// bound that is hardly ever reached.
func meanInFlight(events []observation, workers int, wall time.Duration) float64 {
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
func earlier(a, b observation) int {
	return cmp.Or(cmp.Compare(a.scheduled, b.scheduled), cmp.Compare(a.index, b.index), cmp.Compare(a.latency, b.latency),
		cmp.Compare(a.ended, b.ended), cmp.Compare(a.attempts, b.attempts))
}

// measured is a metric of one stage.
type measured struct {
	Estimate
	// worth is how many independent operations its samples are worth, NaN where
	// that is not known; dependent as in spread.
	effectiveN float64
	dependent  bool
}

func (x sample) measure(m Metric) measured {
	if len(x.observations) == 0 {
		return measured{Estimate: unknownEstimate}
	}
	if q, ok := percentiles[m]; ok {
		return x.quantile(q)
	}
	switch m {
	case Mean:
		return x.mean()
	case ErrorRatio:
		return x.ratio(func(o *observation) bool { return !o.success })
	case UnknownRatio:
		return x.ratio(func(o *observation) bool { return o.unknown })
	case Amplification:
		return x.amplification()
	case Throughput:
		return x.rate(func(*observation) bool { return true })
	default:
		return x.rate(func(o *observation) bool { return o.success })
	}
}

func (x sample) critical(s batchMeans) float64 { return studentQuantile(x.confidence, s.blocks-1) }

// quantile's interval is that of the share of latencies below it, read back from
// the sorted latencies (Woodruff 1952): Wilson's, for as many independent
// requests as the blocks say these are worth. A latency that equals the quantile
// counts half, or a stall of equal ones would seem not to vary.
func (x sample) quantile(q float64) measured {
	n := len(x.sorted)
	value := load.Quantile(x.sorted, q)
	s := batchMeansOf(n, min(x.blocks, n), func(i int) float64 { return (indicator(x.ordered[i] < value) + indicator(x.ordered[i] <= value)) / 2 })
	if s.blocks < 2 {
		return pointEstimate(value, n)
	}
	worth := s.effectiveN(n)
	within := wilsonInterval(q, worth, x.critical(s))
	low, high := int(math.Floor(within.Low*float64(n))), int(math.Ceil(within.High*float64(n)))
	return measured{Estimate{value, x.sorted[max(low, 1)-1], x.sorted[min(high+1, n)-1]}, worth, s.dependent()}
}

// bare is a value of which nothing tells how far it may be off.
func pointEstimate(value float64, n int) measured {
	return measured{Estimate: Estimate{value, math.NaN(), math.NaN()}, effectiveN: float64(n)}
}

// mean's interval is Student's on the logarithm, since latencies lean to one side.
func (x sample) mean() measured {
	n := len(x.ordered)
	s := batchMeansOf(n, min(x.blocks, n), func(i int) float64 { return x.ordered[i] })
	return measured{x.logInterval(s.mean, s), s.effectiveN(n), s.dependent()}
}

// around is a positive value with Student's interval on its logarithm.
func (x sample) logInterval(value float64, s batchMeans) Estimate {
	if s.blocks < 2 || !(value > 0) {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	factor := math.Exp(x.critical(s) * math.Sqrt(s.variance) / value)
	return Estimate{value, value / factor, value * factor}
}

// ratio is in percent.
func (x sample) ratio(is func(*observation) bool) measured {
	n := len(x.observations)
	s := batchMeansOf(n, x.blocks, func(i int) float64 { return indicator(is(&x.observations[i])) })
	if s.blocks < 2 {
		return pointEstimate(100*s.mean, n)
	}
	e := wilsonInterval(s.mean, s.effectiveN(n), x.critical(s)).transform(func(v float64) float64 { return 100 * v })
	return measured{e, s.effectiveN(n), s.dependent()}
}

// amplification's interval is that of the retries an operation, which are counts.
func (x sample) amplification() measured {
	n := len(x.observations)
	attempts := 0.
	for i := range x.observations {
		attempts += float64(x.observations[i].attempts)
	}
	value := attempts / float64(n)
	s := batchMeansOf(n, x.blocks, func(i int) float64 { return float64(max(0, x.observations[i].attempts-1)) })
	if s.blocks < 2 {
		return pointEstimate(value, n)
	}
	effect := s.designEffect(s.mean / float64(n))
	retries := countInterval(s.mean, float64(n), effect, x.critical(s))
	return measured{Estimate{value, value - s.mean + retries.Low, value - s.mean + retries.High}, float64(n) / effect, s.dependent()}
}

// rate counts what ended in intervals of the stage's wall time, which are the
// blocks of a rate; the rate itself is of the time that rates are of. It is unknown for a stage that took no time.
func (x sample) rate(counts func(*observation) bool) measured {
	if x.wall <= 0 {
		return measured{Estimate: unknownEstimate, effectiveN: math.NaN()}
	}
	ends := make([]float64, x.blocks)
	width := x.rateTime.Seconds() / float64(x.blocks)
	total := 0.
	for i := range x.observations {
		if o := &x.observations[i]; counts(o) {
			k := int(float64(o.ended) / float64(x.wall) * float64(x.blocks))
			ends[min(max(k, 0), x.blocks-1)] += 1 / width
			total++
		}
	}
	s := fromBlockMeans(ends)
	if total == 0 {
		return measured{countInterval(0, x.rateTime.Seconds(), 1, x.critical(s)), math.NaN(), false}
	}
	// the first and the last interval are the stage's own edges: that neighbours
	// go together there is no sign of blocks that are too short
	return measured{x.logInterval(total/x.rateTime.Seconds(), s), math.NaN(), false}
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
