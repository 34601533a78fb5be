package load

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestUsersHaveTheirOwnIterationsAndThink(t *testing.T) {
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"each:4x50,each", 4 * 10 * time.Millisecond},
		{"each:4x50,each,think=100ms", 4*10*time.Millisecond + 3*100*time.Millisecond},
		{"one:1x30,each,think=1h", 10 * time.Millisecond},
		{"shared:40x10,think=1s", 4*10*time.Millisecond + 3*time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, err := ParseStage(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			samples, r := measured(t, s, func(context.Context, Arrival) { time.Sleep(10 * time.Millisecond) })
			if r.Elapsed != tt.want || r.Started != s.Planned() || r.Planned != s.Planned() {
				t.Errorf("%s: %d operations in %v, want %d in %v", tt.text, r.Started, r.Elapsed, s.Planned(), tt.want)
			}
			for i, x := range samples {
				if x.Index != i {
					t.Fatalf("%s: sample %d has the index %d", tt.text, i, x.Index)
				}
				if want := i / s.Requests; s.PerUser && x.User != want {
					t.Errorf("%s: operation %d was run by user %d, want %d", tt.text, i, x.User, want)
				}
				if !x.Start.Equal(x.Scheduled) {
					t.Errorf("%s: operation %d started %v late in a closed model", tt.text, i, x.Start.Sub(x.Scheduled))
				}
			}
		})
	}
}

func TestRampingUsersAreAsManyAsTheRampSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stage{Name: "s", Users: slices.Concat(Ramp(0, 10, 10*time.Second), Constant(10, 5*time.Second), Ramp(10, 2, 8*time.Second), Constant(5, 2*time.Second))}
		var busy atomic.Int64
		var got []int64
		go func() {
			time.Sleep(500 * time.Millisecond)
			for range 25 {
				got = append(got, busy.Load())
				time.Sleep(time.Second)
			}
		}()
		// 10.001 ms, so that no operation ends when one looks.
		samples, r := measured(t, s, func(context.Context, Arrival) { busy.Add(1); time.Sleep(10_001 * time.Microsecond); busy.Add(-1) })
		synctest.Wait()
		want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10, 10, 10, 9, 8, 7, 6, 5, 4, 3, 5, 5}
		time.Sleep(time.Second)
		if !slices.Equal(got, want) {
			t.Errorf("users at work each second from 0.5 s on: %v, want %v", got, want)
		}
		if r.Elapsed < s.Length() || r.Elapsed > s.Length()+11*time.Millisecond {
			t.Errorf("it took %v, want %v and the operations then under way", r.Elapsed, s.Length())
		}
		for i, x := range samples {
			if x.Index != i {
				t.Fatalf("sample %d has the index %d", i, x.Index)
			}
		}
	})
}

func TestAUserThatIsToStopFinishesItsOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := ParseStage("s:2u@1s,1u@1s,2u@1s")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		samples, r := measured(t, s, func(ctx context.Context, _ Arrival) {
			select {
			case <-time.After(2500 * time.Millisecond):
			case <-ctx.Done():
				t.Error("an operation was cut off")
			}
		})
		began := map[int][]time.Duration{}
		for _, x := range samples {
			began[x.User] = append(began[x.User], x.Start.Sub(start))
		}
		want := []time.Duration{0, 2500 * time.Millisecond} // wanted again before it could leave
		if r.Elapsed != 5*time.Second || !slices.Equal(began[0], want) || !slices.Equal(began[1], want) {
			t.Errorf("operations began at %v, ended by %v; want both users at %v, by 5s", began, r.Elapsed, want)
		}
	})
}

func TestThinkingEndsWithTheStage(t *testing.T) {
	stopped := errors.New("the person pressed stop")
	synctest.Test(t, func(t *testing.T) {
		_, r := measured(t, Stage{Name: "s", Users: Constant(3, time.Second), Think: time.Hour}, func(context.Context, Arrival) {})
		if r.Started != 3 || r.Elapsed != time.Second {
			t.Errorf("%d operations in %v, want 3 in 1s", r.Started, r.Elapsed)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(stopped) })
		r, err := Run(ctx, Stage{Name: "s", Requests: 5, VUs: 2, Think: time.Hour}, 0,
			func(context.Context, Arrival) int { return 0 }, func(Batch[int]) error { return nil })
		if !errors.Is(err, stopped) || r.Started != 2 || r.Elapsed != time.Minute {
			t.Errorf("Run = %v, %d started in %v; want the cause, 2 in 1m", err, r.Started, r.Elapsed)
		}
	})
}
