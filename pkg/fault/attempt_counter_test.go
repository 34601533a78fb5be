package fault

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// TestRequestWindowCounts sends a request each 100 ms from the start on.
func TestRequestWindowCounts(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, tt := range []struct {
		name     string
		windows  []Window
		requests int
		want     []WindowCount
	}{
		{"no windows", nil, 5, nil},
		{"hit", []Window{{From: 200 * ms, To: 500 * ms, Fault: DropReply, Probability: 1}}, 10, []WindowCount{{Met: 3, Taken: 3}}},
		{"after the load", []Window{{From: 2 * s, To: 4 * s, Fault: DropReply, Probability: 1}}, 19, []WindowCount{{}}},
		{"probability 0", []Window{{To: s, Fault: DropReply}}, 5, []WindowCount{{Met: 5}}},
		{"too small a probability", []Window{{To: s, Fault: DropReply, Probability: 1e-9}}, 5, []WindowCount{{Met: 5}}},
		{"all taken before", []Window{{To: s, Fault: DropReply, Probability: 1}, {To: 300 * ms, Fault: Slow, Probability: 1, Delay: 1}}, 5,
			[]WindowCount{{Met: 5, Taken: 5}, {Met: 3, Detail: takenBefore}}},
		{"taken by the later one", []Window{{To: s, Fault: DropReply}, {From: 300 * ms, To: s, Fault: Hang, Probability: 1}}, 5,
			[]WindowCount{{Met: 5}, {Met: 2, Taken: 2}}},
		{"not the Proxy's", []Window{{To: s, Fault: WireDown, Probability: 1}, {To: s, Fault: Kill, Probability: 1}}, 5, []WindowCount{{}, {}}},
	} {
		stage := newActivePlan(Plan{Seed: 7, Windows: tt.windows}, testStart)
		for i := range tt.requests {
			stage.decide(AttemptMark{Key: fmt.Sprint("key ", i)}, testStart.Add(time.Duration(i)*100*ms))
		}
		if got, _ := stage.report(); !reflect.DeepEqual(got.Windows, tt.want) || got.Requests != tt.requests {
			t.Errorf("%s: windows %+v of %d requests, want %+v of %d", tt.name, got.Windows, got.Requests, tt.want, tt.requests)
		}
	}
}

// TestAttemptWindowCounts counts attempts, given by when they were sent and ended
// in milliseconds.
func TestAttemptWindowCounts(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	down := func(from, to time.Duration) Window {
		return Window{From: from, To: to, Fault: WireDown, Probability: 1}
	}
	kill := Window{From: s, To: 2 * s, Fault: Kill, Probability: 1}
	steady := [][2]int{{0, 900}, {900, 1000}, {1000, 1100}, {1500, 2500}, {2000, 2100}} // each at an edge of 1 s to 2 s
	for _, tt := range []struct {
		name     string
		windows  []Window
		attempts [][2]int
		changes  []moment
		want     []WindowCount
	}{
		{"edges", []Window{down(s, 2*s)}, steady, []moment{{s, 0}, {2 * s, -1}}, []WindowCount{{Met: 3, Taken: 3}}},
		{"killed", []Window{kill}, steady, []moment{{s, 0}, {2 * s, -1}}, []WindowCount{{Met: 3, Taken: 3}}},
		{"longer than the window", []Window{down(s, 2*s)}, [][2]int{{0, 5000}}, []moment{{s, 0}, {2 * s, -1}}, []WindowCount{{Met: 1, Taken: 1}}},
		{"after the load", []Window{down(3*s, 4*s)}, steady, nil, []WindowCount{{}}},
		{"a pause", []Window{down(1200*ms, 1400*ms)}, steady, []moment{{1200 * ms, 0}, {1400 * ms, -1}}, []WindowCount{{}}},
		{"never in effect", []Window{kill}, steady, nil, []WindowCount{{Met: 3, Detail: tooLate}}},
		{"in effect after the load", []Window{down(2*s, 4*s)}, [][2]int{{1900, 2001}}, []moment{{2002 * ms, 0}, {2003 * ms, -1}}, []WindowCount{{Met: 1, Detail: tooLate}}},
		{"another is open all the while", []Window{down(0, 3*s), down(s, 2*s)}, steady, []moment{{0, 0}, {3 * s, -1}}, []WindowCount{{Met: 5, Taken: 5}, {Detail: shadowed}}},
		{"in the midst of another", []Window{down(1200*ms, 1300*ms), down(s, 2*s)}, steady, []moment{{s, 1}, {1200 * ms, 0}, {1300 * ms, 1}, {2 * s, -1}},
			[]WindowCount{{}, {Met: 3, Taken: 3}}},
		{"both levels", []Window{down(s, 2*s), kill}, steady, []moment{{s, 0}, {2 * s, -1}, {s, 1}, {2 * s, -1}}, []WindowCount{{Met: 3, Taken: 3}, {Met: 3, Taken: 3}}},
		{"the Proxy's are kept", []Window{{To: s, Fault: DropReply, Probability: 1}, down(s, 2*s)}, steady, []moment{{s, 1}}, []WindowCount{{Met: 7, Taken: 6}, {Met: 3, Taken: 3}}},
	} {
		plan := Plan{Windows: tt.windows}
		if err := plan.Validate(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		c := NewAttemptCounter(plan)
		for _, a := range tt.attempts {
			c.Add(time.Duration(a[0])*ms, time.Duration(a[1])*ms)
		}
		counts := Counts{Windows: make([]WindowCount, len(tt.windows))}
		counts.Windows[0] = WindowCount{Met: 7, Taken: 6} // of a Proxy, replaced where it is not its window
		if scopes[tt.windows[0].Fault] != requestFault {
			counts.Windows[0] = WindowCount{}
		}
		c.Complete(&counts, changes(0, tt.changes...))
		if !reflect.DeepEqual(counts.Windows, tt.want) {
			t.Errorf("%s: windows %+v, want %+v", tt.name, counts.Windows, tt.want)
		}
	}
}

// TestWindowThatOpensAsTheLoadEnds follows a plan until the load ends, once before
// its window opens and once in it.
func TestWindowThatOpensAsTheLoadEnds(t *testing.T) {
	const s = time.Second
	plan := Plan{Windows: []Window{{From: 2 * s, To: 4 * s, Fault: WireDown, Probability: 1}}}
	for _, tt := range []struct {
		load time.Duration
		want WindowCount
	}{{1900 * time.Millisecond, WindowCount{}}, {2100 * time.Millisecond, WindowCount{Met: 2, Taken: 2}}} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, end := context.WithDeadline(t.Context(), start.Add(tt.load))
			defer end()
			changes, err := plan.follow(ctx, connectionFault, start, func(int) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			c := NewAttemptCounter(plan)
			for sent := time.Duration(0); sent < tt.load; sent += 100 * time.Millisecond {
				c.Add(sent, sent+100*time.Millisecond)
			}
			counts := Counts{Windows: make([]WindowCount, 1)}
			if c.Complete(&counts, changes); counts.Windows[0] != tt.want || c.LastEnd() != tt.load {
				t.Errorf("load of %v: %+v, changes %v, the last attempt ended at %v; want %+v", tt.load, counts.Windows[0], changes, c.LastEnd(), tt.want)
			}
		})
	}
}
