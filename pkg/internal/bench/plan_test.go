package bench

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"sagalab/pkg/load"
)

func TestLeft(t *testing.T) {
	s := Stall{Every: 5 * time.Second, For: time.Second} // blocks 2 s to 3 s, 7 s to 8 s, …
	for _, tt := range []struct{ at, want time.Duration }{
		{0, 0}, {2*time.Second - 1, 0}, {2 * time.Second, time.Second}, {2300 * time.Millisecond, 700 * time.Millisecond},
		{3*time.Second - 1, 1}, {3 * time.Second, 0}, {7 * time.Second, time.Second}, {22500 * time.Millisecond, 500 * time.Millisecond}, {-1, 0},
	} {
		if got := s.Remaining(tt.at); got != tt.want {
			t.Errorf("Left(%v) = %v, want %v", tt.at, got, tt.want)
		}
	}
	if got := (Stall{}).Remaining(time.Second); got != 0 {
		t.Errorf("without a stall Left = %v, want 0", got)
	}
}

func TestPlanValidate(t *testing.T) {
	for _, tt := range []struct {
		plan Plan
		want string
	}{
		{Plan{}, ""}, {Plan{Stall: Stall{Every: time.Second, For: time.Second}, Hide: 1}, ""},
		{Plan{Stall: Stall{Every: time.Second, For: 2 * time.Second}}, "a stall of 2s in every 1s"},
		{Plan{Stall: Stall{Every: time.Second}}, "or neither"}, {Plan{Stall: Stall{Every: 2 * time.Hour, For: time.Second}}, "1h"},
		{Plan{Hide: math.NaN()}, "NaN"}, {Plan{Hide: 1.1}, "1.1"}, {Plan{Hide: -1}, "-1"},
	} {
		err := tt.plan.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.plan, err, tt.want)
		}
	}
}

// TestTruthOfEvenArrivals: 20 % of the arrivals wait, evenly 0 to 1 s, so the q-quantile is (q − 0.8) / 0.2 s.
func TestTruthOfEvenArrivals(t *testing.T) {
	s := Stall{Every: 5 * time.Second, For: time.Second}
	truth := load.Sorted(s.TrueLatencies(500, 10_000, nil))
	for q, want := range map[float64]float64{.5: 0, .79: 0, .9: 500, .95: 750, .99: 950, 1: 1000} {
		if got := load.Quantile(truth, q); math.Abs(got-want) > 2 {
			t.Errorf("quantile %v = %v ms, want %v", q, got, want)
		}
	}
}

// A server that blocks and then answers the waiting requests one by one in random order, simulated event by event, against the formula.
func TestTruthAgainstSimulation(t *testing.T) {
	for _, tt := range []struct {
		stall   Stall
		rate    float64
		n       int
		service time.Duration
	}{
		{Stall{Every: 5 * time.Second, For: time.Second}, 500, 10_000, 50 * time.Microsecond},
		{Stall{Every: 5 * time.Second, For: time.Second}, 500, 10_000, 5 * time.Microsecond},
		{Stall{Every: 2 * time.Second, For: 500 * time.Millisecond}, 300, 6_000, 30 * time.Microsecond},
		{Stall{Every: time.Second, For: 200 * time.Millisecond}, 1000, 20_000, 20 * time.Microsecond},
	} {
		latencies, delays := simulate(tt.stall, tt.rate, tt.n, tt.service, rand.New(rand.NewPCG(1, 2)))
		simulated := load.Sorted(latencies)
		truth := load.Sorted(tt.stall.TrueLatencies(tt.rate, tt.n, load.Sorted(delays)))
		for _, q := range []float64{.9, .95, .99} {
			got, want := load.Quantile(truth, q), load.Quantile(simulated, q)
			if math.Abs(got-want) > .01*want {
				t.Errorf("%+v at %v/s, quantile %v: the formula says %.1f ms, the simulation %.1f", tt.stall, tt.rate, q, got, want)
			}
		}
	}
}

// simulate simulates the queue: latencies of all arrivals in ms, and the delays of
// those that waited for a stall's end.
func simulate(s Stall, rate float64, n int, service time.Duration, r *rand.Rand) (latencies, delays []float64) {
	type arrival struct{ at, ready time.Duration }
	all := make([]arrival, n)
	for i := range all {
		at := time.Duration(float64(i) / rate * float64(time.Second))
		all[i] = arrival{at, at + s.Remaining(at)}
	}
	r.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortStableFunc(all, func(a, b arrival) int { return cmp.Compare(a.ready, b.ready) })
	var free time.Duration // when the worker is
	for _, a := range all {
		free = max(free, a.ready) + service
		latencies = append(latencies, float64(free-a.at)/1e6)
		if a.ready > a.at {
			delays = append(delays, float64(free-a.ready)/1e6)
		}
	}
	return latencies, delays
}

// For every stall, no request waits longer than it and the longest delay together, and without a delay the fraction of requests that wait is
// the fraction of the time that is blocked.
func TestTruthProperties(t *testing.T) {
	property := func(every, blocked uint16, delay uint8) bool {
		s := Stall{Every: time.Duration(every%5000+2) * time.Millisecond}
		s.For = time.Duration(int(blocked)%int(s.Every/time.Millisecond)+1) * time.Millisecond
		const n = 20_000
		rate := 100 / s.Every.Seconds() // 100 arrivals a period, 200 periods
		waiting := 0
		for _, l := range s.TrueLatencies(rate, n, []float64{float64(delay)}) {
			if l < 0 || l > float64(s.For)/1e6+float64(delay)+1e-6 {
				return false
			}
			if l > 0 {
				waiting++
			}
		}
		return math.Abs(float64(waiting)/n-float64(s.For)/float64(s.Every)) < .011
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 200}); err != nil {
		t.Error(err)
	}
}
