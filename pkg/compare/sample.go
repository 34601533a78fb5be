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
	uncertainty  float64       // ms, the largest of an operation
}

// observation is what is compared of an operation.
type observation struct {
	scheduled, ended int64 // nanoseconds since the stage's start
	index            int64
	latency          float64
	attempts, steps  int64 // steps as runs.Operation has it
	success, unknown bool
}

func sampleOf(s runs.Stage, confidence float64) sample {
	observations := make([]observation, 0, s.OperationCount())
	uncertainty := 0.
	for o := range s.EachOperation("scheduled_ts", "end_ts", "index", "latency_ms", "uncertainty_ms", "attempts", "steps", "success", "outcome") {
		observations = append(observations, observation{
			scheduled: int64(o.ScheduledTS.Sub(s.Started)), ended: int64(o.EndTS.Sub(s.Started)), index: o.Index,
			latency: o.LatencyMS, attempts: o.Attempts, steps: o.Steps, success: o.Success, unknown: o.Outcome == purchase.Unknown,
		})
		uncertainty = max(uncertainty, o.UncertaintyMS)
	}
	x := newSample(observations, s.VUs, s.Wall(), confidence)
	x.uncertainty, x.rateTime = uncertainty, s.RateTime(x.wall, x.sorted)
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
		cmp.Compare(a.ended, b.ended), cmp.Compare(a.attempts, b.attempts), cmp.Compare(a.steps, b.steps))
}

// measured is the estimate of one metric of one stage.
type measured struct {
	Estimate
	// effectiveN is how many independent operations the samples are equivalent to, NaN
	// where that is not known; dependent is batchMeans.dependent.
	effectiveN float64
	dependent  bool
}

func (sa sample) measure(m Metric) measured {
	if len(sa.observations) == 0 {
		return measured{Estimate: unknownEstimate}
	}
	if q, ok := percentiles[m]; ok {
		return sa.quantile(q)
	}
	switch m {
	case Mean:
		return sa.mean()
	case ErrorRatio:
		return sa.ratio(func(o *observation) bool { return !o.success })
	case UnknownRatio:
		return sa.ratio(func(o *observation) bool { return o.unknown })
	case Amplification:
		return sa.amplification()
	case Throughput:
		return sa.rate(func(*observation) bool { return true })
	default:
		return sa.rate(func(o *observation) bool { return o.success })
	}
}

func (sa sample) critical(s batchMeans) float64 { return studentQuantile(sa.confidence, s.blocks-1) }

// quantile estimates a percentile. Its interval is that of the fraction of latencies
// below it, read back from the sorted latencies (Woodruff 1952): Wilson's interval for
// the effective number of requests. A latency that equals the percentile counts half;
// otherwise a stall of equal latencies would seem not to vary.
func (sa sample) quantile(q float64) measured {
	n := len(sa.sorted)
	value := load.Quantile(sa.sorted, q)
	s := batchMeansOf(n, min(sa.blocks, n), func(i int) float64 { return (indicator(sa.ordered[i] < value) + indicator(sa.ordered[i] <= value)) / 2 })
	if s.blocks < 2 {
		return pointEstimate(value, n)
	}
	effective := s.effectiveN(n)
	within := wilsonInterval(q, effective, sa.critical(s))
	low, high := int(math.Floor(within.Low*float64(n))), int(math.Ceil(within.High*float64(n)))
	return measured{Estimate{value, sa.sorted[max(low, 1)-1], sa.sorted[min(high+1, n)-1]}, effective, s.dependent()}
}

// pointEstimate is a value without an interval: one block shows no variance.
func pointEstimate(value float64, n int) measured {
	return measured{Estimate: Estimate{value, math.NaN(), math.NaN()}, effectiveN: float64(n)}
}

// mean estimates the mean latency, with Student's interval on the logarithm since
// latencies are skewed.
func (sa sample) mean() measured {
	n := len(sa.ordered)
	s := batchMeansOf(n, min(sa.blocks, n), func(i int) float64 { return sa.ordered[i] })
	return measured{sa.logInterval(s.mean, s), s.effectiveN(n), s.dependent()}
}

// logInterval is a positive value with Student's interval on its logarithm.
func (sa sample) logInterval(value float64, s batchMeans) Estimate {
	if s.blocks < 2 || !(value > 0) {
		return Estimate{value, math.NaN(), math.NaN()}
	}
	factor := math.Exp(sa.critical(s) * math.Sqrt(s.variance) / value)
	return Estimate{value, value / factor, value * factor}
}

// ratio estimates the percentage of operations for which is returns true.
func (sa sample) ratio(is func(*observation) bool) measured {
	n := len(sa.observations)
	s := batchMeansOf(n, sa.blocks, func(i int) float64 { return indicator(is(&sa.observations[i])) })
	if s.blocks < 2 {
		return pointEstimate(100*s.mean, n)
	}
	e := wilsonInterval(s.mean, s.effectiveN(n), sa.critical(s)).transform(func(v float64) float64 { return 100 * v })
	return measured{e, s.effectiveN(n), s.dependent()}
}

// counted is the estimate of a ratio or of Amplification with the interval that it would have if the
// operations were independent.
func (sa sample) counted(m Metric) Estimate {
	n := float64(len(sa.observations))
	if n == 0 {
		return unknownEstimate
	}
	value, critical := sa.measure(m).Value, studentQuantile(sa.confidence, len(sa.observations)-1)
	if m == Amplification {
		retries := countInterval(max(0, value-1), n, 1, critical)
		return Estimate{value, value + retries.Low - retries.Value, value + retries.High - retries.Value}
	}
	return wilsonInterval(value/100, n, critical).transform(func(v float64) float64 { return 100 * v })
}

// firstAttempts is how many of the attempts are no retries, as runs.Operation has it.
func (o *observation) firstAttempts() int64 {
	of := runs.Operation{Attempts: o.attempts, Steps: o.steps}
	return of.FirstAttempts()
}

// amplification estimates attempts ÷ those that are no retries, or ÷ the operations where these are
// more, as runs.Summary does. Its interval is that of the retries per operation, which are counts.
func (sa sample) amplification() measured {
	n := len(sa.observations)
	attempts, first := 0., 0.
	for i := range sa.observations {
		attempts += float64(sa.observations[i].attempts)
		first += float64(sa.observations[i].firstAttempts())
	}
	first = max(first, float64(n))                          // some were not sent
	value, perOperation := attempts/first, float64(n)/first // 1 without steps
	s := batchMeansOf(n, sa.blocks, func(i int) float64 {
		return float64(max(0, sa.observations[i].attempts-sa.observations[i].firstAttempts()))
	})
	if s.blocks < 2 {
		return pointEstimate(value, n)
	}
	effect := s.designEffect(s.mean / float64(n))
	retries := countInterval(s.mean, float64(n), effect, sa.critical(s))
	return measured{Estimate{value, value + (retries.Low-s.mean)*perOperation, value + (retries.High-s.mean)*perOperation}, float64(n) / effect, s.dependent()}
}

// rate estimates how many operations per second counts selects. Blocks are intervals of
// the stage's wall time; the rate itself is over x.rateTime. It is unknown for a stage
// that took no time.
func (sa sample) rate(counts func(*observation) bool) measured {
	if sa.wall <= 0 {
		return measured{Estimate: unknownEstimate, effectiveN: math.NaN()}
	}
	ends := make([]float64, sa.blocks)
	width := sa.rateTime.Seconds() / float64(sa.blocks)
	total := 0.
	for i := range sa.observations {
		if o := &sa.observations[i]; counts(o) {
			k := int(float64(o.ended) / float64(sa.wall) * float64(sa.blocks))
			ends[min(max(k, 0), sa.blocks-1)] += 1 / width
			total++
		}
	}
	s := fromBlockMeans(ends)
	if total == 0 {
		return measured{countInterval(0, sa.rateTime.Seconds(), 1, sa.critical(s)), math.NaN(), false}
	}
	// the first and the last interval are the stage's own edges: that neighbours
	// go together there is no sign of blocks that are too short
	return measured{sa.logInterval(total/sa.rateTime.Seconds(), s), math.NaN(), false}
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
