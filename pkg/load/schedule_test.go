package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestScheduleOfEvenArrivals(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		rate  []Segment
		n     int
		first []time.Duration
		last  time.Duration
	}{
		{Constant(500, 10*s), 5000, []time.Duration{0, 2e6, 4e6}, 10*s - 2e6},
		{Constant(1, 3*s), 3, []time.Duration{0, s, 2 * s}, 2 * s},
		{Constant(.5, 5*s), 3, []time.Duration{0, 2 * s, 4 * s}, 4 * s},
		{Constant(33.3, 30*s), 999, []time.Duration{0}, time.Duration(math.Round(998 / 33.3 * 1e9))},
		{Ramp(0, 50, 2*s), 50, []time.Duration{0, 282842712, 400 * time.Millisecond}, time.Duration(math.Round(math.Sqrt(49*2/25.) * 1e9))},
		{Ramp(50, 0, 2*s), 50, []time.Duration{0, 20101013}, 2*s - 282842712},
		{slices.Concat(Constant(0, 10*s), Constant(2, s)), 2, []time.Duration{10 * s, 10*s + s/2}, 10*s + s/2},
		{slices.Concat(Constant(2, s), Constant(0, 10*s), Constant(4, s)), 6, []time.Duration{0, s / 2, 11 * s, 11*s + s/4}, 11*s + 3*s/4},
		{Ramp(100, 100+1e-12, 10*s), 1000, []time.Duration{0, s / 100}, 10*s - s/100},
	} {
		stage := Stage{Name: "s", Rate: tt.rate}
		if err := stage.Validate(); err != nil {
			t.Fatal(err)
		}
		got := slices.Collect(stage.Schedule(0))
		if len(got) != tt.n || stage.Planned() != tt.n {
			t.Errorf("%v: %d arrivals, %d asked, want %d", stage, len(got), stage.Planned(), tt.n)
			continue
		}
		if !slices.Equal(got[:len(tt.first)], tt.first) || got[tt.n-1] != tt.last {
			t.Errorf("%v: arrivals %v … %v, want %v … %v", stage, got[:len(tt.first)], got[tt.n-1], tt.first, tt.last)
		}
	}
}

// anyRate is a ramp of a few segments, some of them hardly rising, steps and rests
// among them.
func anyRate(r *rand.Rand) (segments []Segment) {
	value := func() float64 {
		switch r.IntN(5) {
		case 0:
			return 0
		case 1:
			return float64(r.IntN(1000))
		}
		return math.Pow(10, r.Float64()*6-3)
	}
	for range 1 + r.IntN(5) {
		l := Segment{From: value(), To: value(), For: 1 + time.Duration(r.Int64N(int64(3*time.Second)))}
		if r.IntN(4) == 0 {
			l.To = l.From * (1 + 1e-15*float64(r.IntN(10)))
		}
		segments = append(segments, l)
	}
	return segments
}

// until is the integral of the rate until t, and the highest rate by then.
func until(segments []Segment, t time.Duration) (area, most float64) {
	for _, l := range segments {
		part := min(t, l.For)
		to := l.From + (l.To-l.From)*part.Seconds()/l.For.Seconds()
		area += (l.From + to) / 2 * part.Seconds()
		most = max(most, l.From, l.To)
		if t -= part; t <= 0 {
			break
		}
	}
	return area, most
}

func TestSchedulesAreSortedWithinAndWhereTheIntegralSays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		s := Stage{Name: "s", Rate: anyRate(r), Poisson: r.IntN(2) == 0}
		if s.Validate() != nil {
			continue // no arrivals at all
		}
		seed, last, n := r.Uint64(), time.Duration(0), 0
		for offset := range s.Schedule(seed) {
			if offset < last || offset >= s.Length() {
				t.Fatalf("%v: arrival %d at %v, after %v, want it sorted and within %v", s, n, offset, last, s.Length())
			}
			last = offset
			if area, most := until(s.Rate, offset); !s.Poisson && math.Abs(area-float64(n)) > 2*rounding+most*2e-9 {
				t.Fatalf("%v: arrival %d at %v, where the integral is %v", s, n, offset, area)
			}
			n++
		}
		total, _ := until(s.Rate, s.Length())
		if want := int(math.Ceil(total - rounding)); !s.Poisson && (n != want || s.Planned() != want) {
			t.Errorf("%v: %d arrivals, asked %d, want %d, the integral %v rounded up", s, n, s.Planned(), want, total)
		}
		if !slices.Equal(slices.Collect(s.Schedule(seed)), slices.Collect(s.Schedule(seed))) {
			t.Errorf("%v: two schedules of the seed %d", s, seed)
		}
	}
}

func TestPoissonArrivalsAreRandomInTheRightWay(t *testing.T) {
	s := Stage{Name: "s", Rate: Constant(1000, 100*time.Second), Poisson: true}
	counts := make([]float64, 1000) // in windows of 100 ms: 100 expected in each
	for offset := range s.Schedule(7) {
		counts[offset/(100*time.Millisecond)]++
	}
	mean, variance := 0.0, 0.0
	for _, n := range counts {
		mean += n / 1000
	}
	for _, n := range counts {
		variance += (n - mean) * (n - mean) / 999
	}
	// Five standard errors: of the mean 10/√1000, of the variance 100·√(2/999).
	if math.Abs(mean-100) > 5*.316 || math.Abs(variance-100) > 5*4.47 {
		t.Errorf("counts have mean %v and variance %v, want both 100", mean, variance)
	}
	half := 0 // of a ramp from 0, a quarter comes in the first half
	ramp := Stage{Name: "s", Rate: Ramp(0, 1000, 80*time.Second), Poisson: true}
	for offset := range ramp.Schedule(7) {
		if offset < 40*time.Second {
			half++
		}
	}
	if math.Abs(float64(half)-10_000) > 500 {
		t.Errorf("%d arrivals in the first half of the ramp, want 10000 ± 500", half)
	}
	if slices.Equal(slices.Collect(s.Schedule(7)), slices.Collect(s.Schedule(8))) {
		t.Error("two seeds gave the same schedule")
	}
}

func TestScheduleCanBeLeft(t *testing.T) {
	n := 0
	for range (Stage{Rate: Constant(MaxRate, 10*time.Second)}).Schedule(0) {
		if n++; n == 3 {
			break
		}
	}
	for range (Stage{Requests: 5, VUs: 5}).Schedule(0) {
		t.Error("a closed stage has an arrival")
	}
}

func TestAskedAndConnections(t *testing.T) {
	for _, tt := range []struct {
		text               string
		asked, connections int
		length             time.Duration
	}{
		{"s:1000x200", 1000, 200, 0},
		{"s:3x10", 3, 3, 0},
		{"s:20x50,each", 1000, 50, 0},
		{"s:0..50u@30s,70u@1m,think=1s", 0, 70, 90 * time.Second},
		{"s:500/s@30s", 15_000, DefaultInFlight, 30 * time.Second},
		{"s:1/s@5s", 5, 5, 5 * time.Second},
		{"s:1/s@5s,poisson", 5, DefaultInFlight, 5 * time.Second},
		{"s:500/s@30s,cap=20", 15_000, 20, 30 * time.Second},
	} {
		s, err := ParseStage(tt.text)
		if err != nil || s.Planned() != tt.asked || s.Connections() != tt.connections || s.Length() != tt.length {
			t.Errorf("%s: %d asked, %d connections, %v long (%v); want %d, %d, %v", tt.text,
				s.Planned(), s.Connections(), s.Length(), err, tt.asked, tt.connections, tt.length)
		}
	}
}

// BenchmarkSchedule is the cost of one arrival's time.
func BenchmarkSchedule(b *testing.B) {
	for _, text := range []string{"even:1000000/s@10s", "ramp:0..1000000/s@20s", "poisson:1000000/s@10s,poisson"} {
		s, err := ParseStage(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(s.Name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; {
				for range s.Schedule(uint64(n)) {
					if n++; n >= b.N {
						break
					}
				}
			}
		})
	}
}
