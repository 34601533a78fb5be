package load

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunServesEveryArrivalOnce(t *testing.T) {
	for _, s := range append(Defaults(), Stage{Name: "one", Requests: 1, VUs: 1}, Stage{Name: "more users than requests", Requests: 3, VUs: 10}, Stage{Name: "serial", Requests: 7, VUs: 1}) {
		synctest.Test(t, func(t *testing.T) {
			seen := make([]int, s.Requests)
			var inFlight, peak atomic.Int64
			_, err := Run(t.Context(), s, 0, func(ctx context.Context, a Arrival) int {
				peak.Store(max(peak.Load(), inFlight.Add(1)))
				time.Sleep(10 * time.Millisecond)
				inFlight.Add(-1)
				return a.Index
			}, func(b Batch[int]) error {
				for _, x := range b.Samples {
					seen[x.Value]++
					if got := x.End.Sub(x.Start); got != 10*time.Millisecond {
						t.Errorf("%s: sample %d took %v, want 10ms", s.Name, x.Index, got)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatalf("Run(%v) = %v, want nil", s, err)
			}
			for i, n := range seen {
				if n != 1 {
					t.Errorf("%s: arrival %d recorded %d times, want 1", s.Name, i, n)
				}
			}
			if got, want := int(peak.Load()), s.Connections(); got > want {
				t.Errorf("%s: %d in flight at once, want at most %d", s.Name, got, want)
			}
		})
	}
}

func TestRunKeepsWhatWasRecordedWhenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("the person pressed stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(255*time.Millisecond, func() { cancel(stopped) })
		got, interrupted := 0, 0
		_, err := Run(ctx, Stage{Name: "s", Requests: 1000, VUs: 10}, 0, func(ctx context.Context, a Arrival) bool {
			select {
			case <-time.After(10 * time.Millisecond):
				return true
			case <-ctx.Done():
				return false
			}
		}, func(b Batch[bool]) error {
			for _, x := range b.Samples {
				got++
				if !x.Value {
					interrupted++
				}
			}
			return nil
		})
		if !errors.Is(err, stopped) {
			t.Errorf("Run = %v, want the cause of the cancellation", err)
		}
		if got != 260 || interrupted != 10 {
			t.Errorf("recorded %d, %d of them interrupted; want 260 and 10", got, interrupted)
		}
	})
}

func TestRunStopsWhenRecordingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		calls, served := 0, atomic.Int64{}
		_, err := Run(t.Context(), Stage{Name: "s", Requests: 100_000, VUs: 10}, 0, func(ctx context.Context, a Arrival) int {
			time.Sleep(time.Millisecond)
			return int(served.Add(1))
		}, func(Batch[int]) error { calls++; return full })
		if !errors.Is(err, full) {
			t.Errorf("Run = %v, want %v", err, full)
		}
		if calls != 1 {
			t.Errorf("record called %d times after it failed, want 1", calls)
		}
		if n := served.Load(); n > 1100 {
			t.Errorf("%d requests were sent, want the stage to stop at the first failed flush", n)
		}
	})
}

func TestFlushedWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, first := time.Now(), time.Duration(0)
		_, err := Run(t.Context(), Stage{Name: "s", Requests: 100, VUs: 1}, 0, func(ctx context.Context, a Arrival) int {
			time.Sleep(10 * time.Millisecond)
			return 0
		}, func(Batch[int]) error {
			if first == 0 {
				first = time.Since(start)
			}
			return nil
		})
		if err != nil || first != FlushEvery {
			t.Errorf("first batch after %v (err %v), want %v", first, err, FlushEvery)
		}
	})
}

func TestStageValidate(t *testing.T) {
	for _, tt := range []struct {
		s    Stage
		want []string
	}{
		{Stage{Name: "light", Requests: 50, VUs: 50}, nil},
		{Stage{Name: "", Requests: 1, VUs: 1}, []string{"name"}},
		{Stage{Name: "x", Requests: 0, VUs: 1}, []string{`"x": requests is 0`}},
		{Stage{Name: "x", Requests: -5, VUs: -1}, []string{"requests is -5", "VUs is -1"}},
		{Stage{Name: "x", Requests: MaxRequests + 1, VUs: MaxVUs + 1}, []string{"requests is 10000001", "VUs is 10001"}},
	} {
		err := tt.s.Validate()
		if (err == nil) != (len(tt.want) == 0) {
			t.Errorf("%+v.Validate() = %v, want faults %v", tt.s, err, tt.want)
			continue
		}
		for _, w := range tt.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%+v.Validate() = %v, want it to mention %q", tt.s, err, w)
			}
		}
		if err == nil {
			continue
		}
		if _, err := Run(t.Context(), tt.s, 0, func(context.Context, Arrival) int { t.Error("sent"); return 0 }, nil); err == nil {
			t.Errorf("Run(%+v) accepted a stage that is not valid", tt.s)
		}
	}
}

func TestQuantile(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, tt := range []struct {
		in      []float64
		q, want float64
	}{
		{ten, 0, 1}, {ten, .5, 5}, {ten, .9, 9}, {ten, .95, 10}, {ten, 1, 10}, {[]float64{7}, .99, 7},
	} {
		if got := Quantile(tt.in, tt.q); got != tt.want {
			t.Errorf("Quantile(%v, %v) = %v, want %v", tt.in, tt.q, got, tt.want)
		}
	}
	if got := Quantile(nil, .5); !math.IsNaN(got) {
		t.Errorf("Quantile of nothing = %v, want NaN", got)
	}
	for q, want := range map[float64]int{.5: 20, .9: 100, .95: 200, .99: 1000, 1: 0} {
		if got := SamplesFor(q); got != want {
			t.Errorf("SamplesFor(%v) = %d, want %d", q, got, want)
		}
	}
}

// BenchmarkRun is the cost of the engine itself: a task that does nothing.
func BenchmarkRun(b *testing.B) {
	b.ReportAllocs()
	s := Stage{Name: "bench", Requests: max(b.N, 1), VUs: 50}
	_, _ = Run(b.Context(), s, 0, func(context.Context, Arrival) int { return 1 }, func(Batch[int]) error { return nil })
}

func TestTheFieldThatWasRenamedNamesItsSuccessor(t *testing.T) {
	err := Stage{Name: "heavy", Requests: 1000, Workers: 200}.Validate()
	if want := `stage "heavy": Stage.Workers was renamed: write VUs: 200`; err == nil || err.Error() != want {
		t.Errorf("Validate() = %v, want only %q", err, want)
	}
	if err := (Stage{Name: "heavy", Requests: 1000, VUs: 200, Workers: 200}).Validate(); err == nil {
		t.Error("a stage with both fields was accepted")
	}
}
