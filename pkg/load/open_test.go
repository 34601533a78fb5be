package load

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// measured runs a stage with a service and returns what was recorded, by index.
func measured(t *testing.T, s Stage, serve func(ctx context.Context, a Arrival)) ([]Sample[int], Report) {
	t.Helper()
	var samples []Sample[int]
	r, err := Run(t.Context(), s, 1, func(ctx context.Context, a Arrival) int { serve(ctx, a); return a.Index },
		func(b Batch[int]) error {
			samples = append(samples, b.Samples...)
			if b.InFlight < 0 || b.InFlight != b.Started-len(samples) {
				t.Errorf("%v: %d in flight of %d started and %d recorded", s, b.InFlight, b.Started, len(samples))
			}
			return nil
		})
	if err != nil {
		t.Fatalf("Run(%v) = %v, want nil", s, err)
	}
	slices.SortFunc(samples, func(a, b Sample[int]) int { return a.Index - b.Index })
	if r.Started != len(samples) {
		t.Errorf("Run(%v) reports %d started, recorded %d", s, r.Started, len(samples))
	}
	return samples, r
}

func latencies(samples []Sample[int]) []float64 {
	ms := make([]float64, len(samples))
	for i, x := range samples {
		ms[i] = float64(x.End.Sub(x.Scheduled)) / 1e6
	}
	return Sorted(ms)
}

func TestArrivalsStartWhenTheScheduleSays(t *testing.T) {
	for _, text := range []string{"even:500/s@1s", "ramp:0..200/s@3s,200..0/s@1s", "rest:50/s@1s,0/s@7s,50/s@1s", "poisson:300/s@1s,poisson"} {
		synctest.Test(t, func(t *testing.T) {
			s, err := ParseStage(text)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			samples, r := measured(t, s, func(context.Context, Arrival) { time.Sleep(350 * time.Millisecond) })
			offsets := slices.Collect(s.Schedule(1))
			if len(samples) != len(offsets) || len(samples) < 250 && text[0] != 'r' || r.Planned != len(offsets) {
				t.Fatalf("%s: %d recorded, %d planned, want the %d of the schedule", text, len(samples), r.Planned, len(offsets))
			}
			for i, x := range samples {
				if x.Index != i || x.Value != i {
					t.Fatalf("%s: sample %d is that of arrival %d with the value of %d", text, i, x.Index, x.Value)
				}
				if got := x.Scheduled.Sub(start); got != offsets[i] {
					t.Errorf("%s: arrival %d scheduled at %v, want %v", text, i, got, offsets[i])
				}
				if late := x.Start.Sub(x.Scheduled); late < 0 || late > minSleep {
					t.Errorf("%s: arrival %d started %v after its time, want 0 to %v", text, i, late, minSleep)
				}
			}
			if want := max(s.Length(), offsets[len(offsets)-1]+350*time.Millisecond); r.Elapsed < want || r.Elapsed > want+minSleep || r.Dropped != 0 {
				t.Errorf("%s: lasted %v with %d dropped, want %v and 0", text, r.Elapsed, r.Dropped, want)
			}
		})
	}
}

// A service that stands still for 1 s in every 5 s and else answers in 12 ms. What
// buyers see who come at 500/s whatever happens is computed, not simulated.
func TestStallsAreSeenByTheOpenModelAlone(t *testing.T) {
	const cycle, stall, service = 5 * time.Second, time.Second, 12 * time.Millisecond
	wait := func(since time.Duration) time.Duration { // of a request that comes then
		if phase := since % cycle; phase >= cycle-stall {
			return cycle - phase
		}
		return 0
	}
	var truth []float64
	for at := time.Duration(0); at < 50*time.Second; at += 2 * time.Millisecond {
		truth = append(truth, float64(wait(at)+service)/1e6)
	}
	truth = Sorted(truth)
	play := func(t *testing.T, s Stage) []float64 {
		base := time.Now()
		samples, r := measured(t, s, func(context.Context, Arrival) { time.Sleep(wait(time.Since(base)) + service) })
		if r.Dropped != 0 {
			t.Errorf("%v: %d dropped, want 0", s, r.Dropped)
		}
		return latencies(samples)
	}
	synctest.Test(t, func(t *testing.T) {
		open := play(t, Stage{Name: "open", Rate: Constant(500, 50*time.Second)})
		for q, documented := range map[float64]float64{.9: 512, .95: 762, .99: 965} {
			got, want := Quantile(open, q), Quantile(truth, q)
			if got != want {
				t.Errorf("open model: p%v = %v ms, want the computed %v", q*100, got, want)
			}
			if got < documented*.99 || got > documented*1.01 {
				t.Errorf("open model: p%v = %v ms, want %v within 1 %%", q*100, got, documented)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		closed := play(t, Stage{Name: "closed", Requests: 25_000, VUs: 10})
		if got := Quantile(closed, .99); got != 12 {
			t.Errorf("closed loop of 10: p99 = %v ms, want the 12 by which it overlooks the stall", got)
		}
	})
}

func TestDropsAtTheCapAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stage{Name: "s", Rate: Constant(10, 3*time.Second), MaxInFlight: 3}
		samples, r := measured(t, s, func(context.Context, Arrival) { time.Sleep(1050 * time.Millisecond) })
		var got []int
		for _, x := range samples {
			got = append(got, x.Index)
			if x.User >= 3 {
				t.Errorf("arrival %d taken by user %d, want one of 3", x.Index, x.User)
			}
		}
		if want := []int{0, 1, 2, 11, 12, 13, 22, 23, 24}; !slices.Equal(got, want) {
			t.Errorf("arrivals %v were served, want %v", got, want)
		}
		if r.Started != 9 || r.Dropped != 21 || r.Planned != 30 || r.Cap != 3 {
			t.Errorf("report %+v, want 9 started and 21 dropped of 30 at the cap of 3", r)
		}
	})
}

func TestASlowRecorderDelaysNoArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		r, err := Run(t.Context(), Stage{Name: "s", Rate: Constant(100, 10*time.Second)}, 0,
			func(context.Context, Arrival) int { time.Sleep(time.Millisecond); return 0 },
			func(b Batch[int]) error { n += len(b.Samples); time.Sleep(3 * time.Second); return nil })
		if err != nil || n != 1000 || r.Lag.Max != 0 {
			t.Errorf("Run = %v, %d recorded, lag %v; want nil, 1000 and none", err, n, r.Lag)
		}
	})
}

func TestIdleUsersAreReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		samples, _ := measured(t, Stage{Name: "s", Rate: Constant(100, 10*time.Second)},
			func(context.Context, Arrival) { time.Sleep(15 * time.Millisecond) })
		for _, x := range samples {
			if x.User > 1 {
				t.Fatalf("arrival %d taken by user %d, want 2 users for 15 ms every 10 ms", x.Index, x.User)
			}
		}
	})
}

func TestOpenStageStopsWhenCancelledOrNotRecorded(t *testing.T) {
	stopped, full := errors.New("the person pressed stop"), errors.New("disk full")
	s := Stage{Name: "s", Rate: Constant(100, time.Hour)}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(255*time.Millisecond, func() { cancel(stopped) })
		got := 0
		r, err := Run(ctx, s, 0, func(ctx context.Context, a Arrival) int { time.Sleep(time.Second); return 0 },
			func(b Batch[int]) error { got += len(b.Samples); return nil })
		if !errors.Is(err, stopped) || got != 26 || r.Started != 26 || r.Dropped != 0 || r.Planned != 360_000 {
			t.Errorf("cancelled: %v, %d recorded, %+v; want the cause, and the 26 that had started, of 360000", err, got, r)
		}
		if want := 250*time.Millisecond + time.Second; r.Elapsed != want {
			t.Errorf("cancelled: it took %v, want %v: those under way are waited for", r.Elapsed, want)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		r, err := Run(t.Context(), s, 0, func(context.Context, Arrival) int { return 0 },
			func(Batch[int]) error { calls++; return full })
		if !errors.Is(err, full) || calls != 1 || r.Elapsed > time.Second {
			t.Errorf("not recorded: %v after %v and %d calls, want %v at once and 1 call", err, r.Elapsed, calls, full)
		}
	})
}

// On the system's own clock: nothing starts early, and nothing is left behind.
func TestRunLeavesNothingBehind(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0
		}
		return len(list)
	}
	stages := []string{"open:2000/s@200ms", "each:3x50,each,think=1ms", "shared:500x50", "ramp:0..50u@50ms,50..0u@50ms,think=1ms"}
	run := func() {
		for _, text := range stages {
			s, err := ParseStage(text)
			if err != nil {
				t.Fatal(err)
			}
			samples, r := measured(t, s, func(context.Context, Arrival) { time.Sleep(100 * time.Microsecond) })
			for _, x := range samples {
				if x.Start.Before(x.Scheduled) {
					t.Errorf("%s: arrival %d started %v early", text, x.Index, x.Scheduled.Sub(x.Start))
				}
			}
			if want := s.Planned(); r.Started+r.Dropped != want && want != 0 {
				t.Errorf("%s: %d started, %d dropped, want %d in all", text, r.Started, r.Dropped, want)
			}
		}
	}
	run() // what the runtime keeps for good is there now
	goroutines, files := runtime.NumGoroutine(), descriptors()
	run()
	if got := descriptors(); got != files {
		t.Errorf("%d descriptors open, %d before", got, files)
	}
	for runtime.NumGoroutine() > goroutines { // or the test times out and shows who is left
		runtime.Gosched()
	}
}

// BenchmarkOpen is the cost of an arrival: at full speed, and at 50 000 arrivals
// a second, where cpu-µs/op is of interest.
func BenchmarkOpen(b *testing.B) {
	for _, bb := range []struct {
		name string
		rate float64
	}{{"full", MaxRate}, {"50k", 50_000}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			s := Stage{Name: "s", Rate: Constant(bb.rate, time.Duration(float64(b.N)/bb.rate*1e9)+1)}
			var n atomic.Int64
			r, err := Run(b.Context(), s, 0, func(context.Context, Arrival) int { n.Add(1); return 1 }, func(Batch[int]) error { return nil })
			if err != nil || r.Started+r.Dropped < b.N {
				b.Fatalf("Run = %+v, %v; want %d arrivals", r, err, b.N)
			}
			b.ReportMetric(float64(r.Machine.CPU)/float64(b.N)/1e3, "cpu-µs/op")
			b.ReportMetric(float64(r.Lag.P50)/1e3, "lag-p50-µs")
			b.ReportMetric(float64(r.Lag.P99)/1e3, "lag-p99-µs")
			b.ReportMetric(float64(r.Dropped), "dropped")
		})
	}
}
