package fault

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// moment is when a change had been done, and to which window.
type moment struct {
	at     time.Duration
	window int
}

// changes are those of moments, each of which took so long.
func changes(took time.Duration, moments ...moment) (list []Change) {
	for _, m := range moments {
		list = append(list, Change{At: m.at, Window: m.window, Begun: m.at - took})
	}
	return list
}

func TestFollow(t *testing.T) {
	s := time.Second
	plan := Plan{Windows: []Window{
		{From: 2 * s, To: 5 * s, Fault: WireReplyLost, Probability: 1},
		{From: 1 * s, To: 3 * s, Fault: WireHang, Probability: 1},
		{From: 5 * s, To: 6 * s, Fault: WireDown, Probability: 1},
		{From: 0, To: 60 * s, Fault: DropReply, Probability: 1}, // none of a wire's
		{From: 8 * s, To: 9 * s, Fault: WireDown, Probability: 1},
	}}
	for _, tt := range []struct {
		name  string
		late  time.Duration // how long after the start Follow is called
		until time.Duration // when ctx ends
		takes time.Duration // how long applying takes
		want  []moment
	}{
		{"in time", 0, time.Hour, 0, []moment{{1 * s, 1}, {2 * s, 0}, {5 * s, 2}, {6 * s, -1}, {8 * s, 4}, {9 * s, -1}}},
		{"late", 4 * s, time.Hour, 0, []moment{{4 * s, 0}, {5 * s, 2}, {6 * s, -1}, {8 * s, 4}, {9 * s, -1}}},
		{"too late", 10 * s, time.Hour, 0, nil},
		{"early", -s, time.Hour, 0, []moment{{1 * s, 1}, {2 * s, 0}, {5 * s, 2}, {6 * s, -1}, {8 * s, 4}, {9 * s, -1}}},
		{"ended in a window", 0, 2500 * time.Millisecond, 0, []moment{{1 * s, 1}, {2 * s, 0}, {2500 * time.Millisecond, -1}}},
		{"ended between windows", 0, 7 * s, 0, []moment{{1 * s, 1}, {2 * s, 0}, {5 * s, 2}, {6 * s, -1}}},
		{"ended before", 0, 0, 0, nil},
		{"slow to apply", 0, time.Hour, 2 * s, []moment{{3 * s, 1}, {5 * s, 0}, {7 * s, 2}, {9 * s, -1}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithDeadline(t.Context(), start.Add(tt.until))
			defer cancel()
			if tt.late > 0 {
				time.Sleep(tt.late)
			}
			if tt.late < 0 {
				start = start.Add(-tt.late)
			}
			applied := []int{}
			got, err := plan.follow(ctx, connectionFault, start, func(i int) error {
				time.Sleep(tt.takes)
				applied = append(applied, i)
				return nil
			})
			if want := changes(tt.takes, tt.want...); err != nil || !reflect.DeepEqual(got, want) || len(applied) != len(want) {
				t.Errorf("%s: changes %v, %v (%d applied), want %v", tt.name, got, err, len(applied), want)
			}
		})
	}
}

func TestFollowStopsAtAFailure(t *testing.T) {
	broken := errors.New("broken")
	synctest.Test(t, func(t *testing.T) {
		plan := Plan{Windows: []Window{{To: time.Second, Fault: Kill, Probability: 1}}}
		got, err := plan.follow(t.Context(), processFault, time.Now(), func(i int) error {
			if i < 0 {
				return broken
			}
			return nil
		})
		if !errors.Is(err, broken) || len(got) != 1 {
			t.Errorf("follow = %v, %v; want what was done, and the failure", got, err)
		}
	})
}
