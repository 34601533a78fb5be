package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// simulatedService is a service that VUs call in a closed loop.
type simulatedService struct {
	name string
	n    int
	vus  int
	// autocorrelation is that of the latencies of neighbouring requests, spread
	// the standard deviation of their logarithms.
	autocorrelation, spread float64
	// Troubles begin before a request with probability begins, and end with ends;
	// while one lasts, requests take 100 ms more, and the fraction failing of them fails.
	begins, ends, failing float64
}

var simulatedServices = []simulatedService{
	{name: "independent", n: 3_000, vus: 10, spread: 1, begins: .02, ends: 1, failing: .5},
	{name: "autocorrelated", n: 5_000, vus: 10, autocorrelation: .8, spread: .5, begins: .02, ends: 1, failing: .5},
	{name: "bursty", n: 5_000, vus: 10, spread: .5, begins: .008, ends: .1, failing: .5},
}

// observations is one run against the service, and how long it took.
func (si simulatedService) observations(r *rand.Rand) ([]observation, time.Duration) {
	free := make([]int64, si.vus)
	x, troubled := r.NormFloat64(), si.begins > 0 && r.Float64() < si.begins/(si.begins+si.ends)
	observations := make([]observation, si.n)
	for i := range observations {
		x = si.autocorrelation*x + math.Sqrt(1-si.autocorrelation*si.autocorrelation)*r.NormFloat64()
		troubled = troubled && r.Float64() >= si.ends || !troubled && r.Float64() < si.begins
		e := observation{index: int64(i), latency: 10 * math.Exp(si.spread*x), attempts: 1, success: true}
		if troubled {
			e.latency, e.attempts = e.latency+100, 2
			e.unknown = r.Float64() < si.failing
			e.success = !e.unknown
		}
		user := 0
		for k := range free {
			if free[k] < free[user] {
				user = k
			}
		}
		e.scheduled = free[user]
		free[user] += int64(e.latency * 1e6)
		e.ended = free[user]
		observations[i] = e
	}
	return observations, time.Duration(slices.Max(free))
}

func (si simulatedService) sample(r *rand.Rand) sample {
	observations, wall := si.observations(r)
	return newSample(observations, si.vus, wall, .95)
}

// stage is observations as runs store them.
func (si simulatedService) stage(r *rand.Rand) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: si.name, State: runs.Complete, Started: time.Unix(1_700_000_000, 0), Requests: si.n, VUs: si.vus}}
	observations, _ := si.observations(r)
	for _, e := range observations {
		o := runs.Operation{
			Index: e.index, ScheduledTS: s.Started.Add(time.Duration(e.scheduled)), EndTS: s.Started.Add(time.Duration(e.ended)),
			LatencyMS: e.latency, Attempts: e.attempts, Success: e.success, Outcome: purchase.OK,
		}
		if e.unknown {
			o.Outcome = purchase.Unknown
		}
		s.Operations = append(s.Operations, o)
	}
	return s
}

// truth is every metric of a service: of many runs together or, for rates, which
// have a beginning and an end in each run, their mean.
func (si simulatedService) truth(r *rand.Rand) map[Metric]float64 {
	const executions = 100
	truth := map[Metric]float64{}
	var latencies []float64
	for range executions {
		x := si.sample(r)
		latencies = append(latencies, x.ordered...)
		for _, m := range Metrics() {
			truth[m] += x.measure(m).Value / executions
		}
	}
	slices.Sort(latencies)
	for m, q := range percentiles {
		truth[m] = load.Quantile(latencies, q)
	}
	return truth
}

// Of intervals that promise 95 %, at least 90 % hold the truth, also when
// requests near one another are alike. In 2000 trials it was 92.4 % at the least
// (p90 of the bursty service, whose latencies jump there) and 96 % in all.
func TestIntervalsHoldTheTruth(t *testing.T) {
	const trials = 150
	for _, w := range simulatedServices {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 1))
			truth := w.truth(r)
			held, judged := map[Metric]int{}, map[Metric]int{}
			for range trials {
				x := w.sample(r)
				for _, m := range Metrics() {
					v := x.measure(m)
					if x.weakness("", m, v) != "" {
						continue
					}
					judged[m]++
					if v.Low <= truth[m] && truth[m] <= v.High {
						held[m]++
					}
				}
			}
			for _, m := range Metrics() {
				share := float64(held[m]) / float64(judged[m])
				t.Logf("%-14s %5.1f %% of %d intervals hold %.4g", m, 100*share, judged[m], truth[m])
				if !(share >= .9) || judged[m] < trials*8/10 {
					t.Errorf("%s: %.1f %% of %d intervals hold the truth, want 90 %% of nearly all %d", m, 100*share, judged[m], trials)
				}
			}
		})
	}
}

// Two runs against the same service are found to differ in 5 % of the metrics at most:
// in 600 trials it was 2.1, 2.4 and 3.9 %.
func TestSameAgainstSame(t *testing.T) {
	const trials = 60
	for _, w := range simulatedServices {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(2, 2))
			alarms, judged := 0, 0
			for range trials {
				a, b := w.sample(r), w.sample(r)
				for _, m := range Metrics() {
					switch compareMetric(m, a, b).Verdict {
					case Better, Worse:
						alarms++
						judged++
					case NoDifference:
						judged++
					}
				}
			}
			t.Logf("%d of %d metrics found to differ, %.1f %%", alarms, judged, 100*float64(alarms)/float64(judged))
			// metrics of one pair are correlated, so that their fraction varies more than
			// that of independent ones
			if share := float64(alarms) / float64(judged); share > .07 || judged < trials*8 {
				t.Errorf("%d of %d metrics of equal services found to differ, want 5 %% of nearly all %d", alarms, judged, trials*len(Metrics()))
			}
		})
	}
}

// A p99 that is 20 % higher is found with 10 000 requests.
func TestSlowerTailIsFound(t *testing.T) {
	const trials = 20
	r := rand.New(rand.NewPCG(3, 3))
	w := simulatedService{n: 10_000, vus: 10, spread: .5}
	found, covered := 0, 0
	for range trials {
		b := w.stage(r)
		for i := range b.Operations {
			b.Operations[i].LatencyMS *= 1.2
		}
		v, _ := Stages(w.stage(r), b, Options{}).Change(P99)
		if v.Verdict == Worse {
			found++
		}
		if v.Change.Low <= 20 && 20 <= v.Change.High {
			covered++
		}
	}
	t.Logf("found %d and covered %d of %d", found, covered, trials)
	if found < trials*95/100 || covered < trials*9/10 {
		t.Errorf("+20 %% of p99: found %d times and within the interval %d times of %d, want 95 %% and 90 %%", found, covered, trials)
	}
}
