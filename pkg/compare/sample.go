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

// sample is a stage prepared for estimates: its operations in the order in which the
// schedule wanted them to start.
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

// observation is what is compared of an operation.
type observation struct {
	scheduled, ended int64 // nanoseconds since the stage's start
	index            int64
	latency          float64
	attempts         int64
	success, unknown bool
}

func sampleOf(s runs.Stage, confidence float64) sample {
	observations := make([]observation, len(s.Operations))
	for i := range s.Operations {
		o := &s.Operations[i]
		observations[i] = observation{
			scheduled: int64(o.ScheduledTS.Sub(s.Started)), ended: int64(o.EndTS.Sub(s.Started)), index: o.Index,
			latency: o.LatencyMS, attempts: o.Attempts, success: o.Success, unknown: o.Outcome == purchase.Unknown,
		}
	}
	x := newSample(observations, s.VUs, s.Wall(), confidence)
	x.rateTime = s.RateTime(x.wall, x.sorted)
	return x
}

func newSample(observations []observation, vus int, wall time.Duration, confidence float64) sample {
	if !slices.IsSortedFunc(observations, earlier) {
		slices.SortFunc(observations, earlier)
	}
	x := sample{observations: observations, ordered: make([]float64, 0, len(observations)), wall: wall, confidence: confidence}
	for i := range observations {
		if v := observations[i].latency; !math.IsNaN(v) {
			x.ordered = append(x.ordered, v)
		}
	}
	x.sorted, x.rateTime = load.Sorted(x.ordered), wall
	x.inFlight = meanInFlight(observations, vus, wall)
	x.blocks = blocksFor(len(observations), int(math.Ceil(x.inFlight)))
	return x
}

// meanInFlight is how many operations were in flight at once on average (Little 1961),
// from 1 to the number of VUs, which in the open model is a bound that is hardly ever
// reached.
func meanInFlight(observations []observation, vus int, wall time.Duration) float64 {
	most := float64(max(len(observations), 1))
	if vus > 0 {
		most = min(most, float64(vus))
	}
	if wall <= 0 {
		return most
	}
	sum := 0.
	for i := range observations {
		sum += float64(observations[i].ended - observations[i].scheduled)
	}
	return min(max(sum/float64(wall), 1), most)
}

// earlier orders by scheduled start, then by index, so that the order of rows makes no
// difference.
func earlier(a, b observation) int {
	return cmp.Or(cmp.Compare(a.scheduled, b.scheduled), cmp.Compare(a.index, b.index), cmp.Compare(a.latency, b.latency),
		cmp.Compare(a.ended, b.ended), cmp.Compare(a.attempts, b.attempts))
}

// measured is the estimate of one metric of one stage.
type measured struct {
	Estimate
	// effectiveN is how many independent operations the samples are equivalent to, NaN
	// where that is not known; dependent is batchMeans.dependent.
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

// quantile estimates a percentile. Its interval is that of the fraction of latencies
// below it, read back from the sorted latencies (Woodruff 1952): Wilson's interval for
// the effective number of requests. A latency that equals the percentile counts half;
// otherwise a stall of equal latencies would seem not to vary.
func (x sample) quantile(q float64) measured {
	n := len(x.sorted)
	value := load.Quantile(x.sorted, q)
	s := batchMeansOf(n, min(x.blocks, n), func(i int) float64 { return (indicator(x.ordered[i] < value) + indicator(x.ordered[i] <= value)) / 2 })
	if s.blocks < 2 {
		return pointEstimate(value, n)
	}
	effective := s.effectiveN(n)
	within := wilsonInterval(q, effective, x.critical(s))
	low, high := int(math.Floor(within.Low*float64(n))), int(math.Ceil(within.High*float64(n)))
	return measured{Estimate{value, x.sorted[max(low, 1)-1], x.sorted[min(high+1, n)-1]}, effective, s.dependent()}
}

// pointEstimate is a value without an interval: one block shows no variance.
func pointEstimate(value float64, n int) measured {
	return measured{Estimate: Estimate{value, math.NaN(), math.NaN()}, effectiveN: float64(n)}
}

// mean estimates the mean latency, with Student's interval on the logarithm since
// latencies are skewed.
func (x sample) mean() measured {
	n := len(x.ordered)
	s := batchMeansOf(n, min(x.blocks, n), func(i int) float64 { return x.ordered[i] })
	return measured{x.logInterval(s.mean, s), s.effectiveN(n), s.dependent()}
}

// logInterval is a positive value with Student's interval on its logarithm.
func (x sample) logInterval(value float64, s batchMeans) Estimate {
	if s.blocks < 2 || !(value > 0) {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	factor := math.Exp(x.critical(s) * math.Sqrt(s.variance) / value)
	return Estimate{value, value / factor, value * factor}
}

// ratio estimates the percentage of operations for which is returns true.
func (x sample) ratio(is func(*observation) bool) measured {
	n := len(x.observations)
	s := batchMeansOf(n, x.blocks, func(i int) float64 { return indicator(is(&x.observations[i])) })
	if s.blocks < 2 {
		return pointEstimate(100*s.mean, n)
	}
	e := wilsonInterval(s.mean, s.effectiveN(n), x.critical(s)).transform(func(v float64) float64 { return 100 * v })
	return measured{e, s.effectiveN(n), s.dependent()}
}

// amplification estimates attempts ÷ operations. Its interval is that of the retries
// per operation, which are counts.
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

// rate estimates how many operations per second counts selects. Blocks are intervals of
// the stage's wall time; the rate itself is over x.rateTime. It is unknown for a stage
// that took no time.
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
