package fault

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/keyed"
)

var testStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// v7 returns the n-th key of a stage: a UUID of version 7 made at a time, whose
// other bits depend on n alone.
func v7(unixMilli int64, n int) string {
	return fmt.Sprintf("%08x-%04x-7%03x-9%03x-%012x", unixMilli>>16, unixMilli&0xffff, n&0xfff, (n>>12)&0xfff, n*2654435761&0xffffffffffff)
}

// taken sends keys to a new stage of p at a time and returns what became of each.
func taken(p Plan, at time.Duration, keys ...string) []int {
	s := newActivePlan(p, testStart)
	var got []int
	for _, k := range keys {
		_, i, _ := s.decide(AttemptMark{Key: k}, testStart.Add(at))
		got = append(got, i)
	}
	return got
}

func TestWindows(t *testing.T) {
	s := time.Second
	plan := Plan{Windows: []Window{
		{From: 2 * s, To: 4 * s, Fault: DropReply, Probability: 1},
		{From: 3 * s, To: 6 * s, Fault: Slow, Probability: 1, Delay: s},
		{From: 0, To: 9 * s, Fault: WireDown, Probability: 1}, // none of a proxy's
		{From: 5 * s, To: 6 * s, Fault: Hang, Probability: 1}, // always behind another
		{From: 7 * s, To: 8 * s, Fault: Hang, Probability: 0},
		{From: 7 * s, To: 8 * s, Fault: Duplicate, Probability: 1},
	}}
	for _, tt := range []struct {
		at   time.Duration
		want int
	}{
		{-s, -1}, {0, -1}, {2*s - 1, -1}, {2 * s, 0}, {3 * s, 0}, {4*s - 1, 0}, {4 * s, 1}, {5 * s, 1}, {6 * s, -1}, {7 * s, 5}, {8 * s, -1},
	} {
		if got := taken(plan, tt.at, "k"); got[0] != tt.want {
			t.Errorf("at %v: window %d takes the request, want %d", tt.at, got[0], tt.want)
		}
	}
}

// TestSameSeedSameFaults: keys of two runs differ in their time alone.
func TestSameSeedSameFaults(t *testing.T) {
	plan := func(seed uint64) Plan {
		return Plan{Seed: seed, Windows: []Window{
			{To: time.Minute, Fault: DropReply, Probability: 0.2},
			{To: time.Minute, Fault: ResetReply, Probability: 0.2},
		}}
	}
	run := func(millis int64) (keys []string) {
		for i := range 3000 {
			keys = append(keys, v7(millis, i%1000)) // three attempts of each
		}
		return keys
	}
	first, second := run(1_700_000_000_000), run(1_800_000_012_345)
	a, b := taken(plan(7), time.Second, first...), taken(plan(7), time.Second, second...)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed takes other requests in another run")
	}
	differ, attempts := 0, 0
	for i, other := range taken(plan(8), time.Second, first...) {
		if other != a[i] {
			differ++
		}
		if i >= 1000 && a[i] != a[i-1000] {
			attempts++
		}
	}
	// with probabilities of 0.2, 0.16 and the rest, 1 - Σ p² = 0.525 differ
	if differ < 1400 || differ > 1750 {
		t.Errorf("another seed decides differently on %d of 3000 requests, want about 1575", differ)
	}
	if attempts < 930 || attempts > 1170 {
		t.Errorf("the next attempt is decided differently %d of 2000 times, want about 1050", attempts)
	}
	counts := map[int]int{}
	for _, i := range a {
		counts[i]++
	}
	if want := (map[int]int{0: 603, 1: 495, -1: 1902}); !reflect.DeepEqual(counts, want) {
		t.Errorf("seed 7 takes %v, want %v: always the same", counts, want)
	}
}

func TestCountsAndEvents(t *testing.T) {
	p := Plan{Windows: []Window{{To: time.Second, Fault: DropRequest, Probability: 1}}}
	s := newActivePlan(p, testStart)
	long := strings.Repeat("k", 300)
	for i, m := range []AttemptMark{{"a", 1}, {"a", 3}, {"", 1}, {}, {Key: long}} {
		s.decide(m, testStart.Add(time.Duration(i)*time.Millisecond))
	}
	s.end()
	for _, fails := range []bool{false, true} {
		if a, _, taken := s.decide(AttemptMark{Key: "a"}, testStart); taken {
			t.Error("a request is taken although the stage has ended")
		} else if fails {
			s.noteFailed(a, true)
		}
	}
	counts, events := s.report()
	if want := (Counts{Requests: 7, Passed: 1, Faults: map[Kind]int{DropRequest: 5, Failed: 1}, Windows: []WindowCount{{Met: 5, Taken: 5}}}); !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
	want := []Event{
		{0, "a", 1, 1, DropRequest, 0}, {time.Millisecond, "a", 3, 2, DropRequest, 0},
		{2 * time.Millisecond, "", 1, 1, DropRequest, 0}, {3 * time.Millisecond, "", 0, 2, DropRequest, 0},
		{4 * time.Millisecond, long[:255], 0, 1, DropRequest, 0}, {0, "a", 0, 4, Failed, -1},
	}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("events %+v, want %+v", events, want)
	}
}

func TestEventsAreBounded(t *testing.T) {
	s := newActivePlan(Plan{Windows: []Window{{To: time.Second, Fault: DropRequest, Probability: 1}}}, testStart)
	for range MaxEvents + 3 {
		s.decide(AttemptMark{Key: "k"}, testStart)
	}
	if c, e := s.report(); len(e) != MaxEvents || c.Unrecorded != 3 || c.Faults[DropRequest] != MaxEvents+3 {
		t.Errorf("%d events, counts %+v; want %d, 3 unrecorded and all counted", len(e), c, MaxEvents)
	}
}

func TestSeenForgetsTheOldest(t *testing.T) {
	const limit = 100
	s := newKeyCounter(limit)
	for i, tt := range []struct {
		others int // keys that come before
		want   uint64
	}{{0, 1}, {0, 2}, {limit, 3}, {limit - 1, 4}, {2*limit + 1, 1}} {
		for n := range tt.others {
			s.count(keyed.IDOf(fmt.Sprint(i, "/", n)))
		}
		if got := s.count(keyed.IDOf("k")); got != tt.want {
			t.Errorf("step %d: after %d other keys the count is %d, want %d", i, tt.others, got, tt.want)
		}
		if n := len(s.recent) + len(s.older); n > 2*limit {
			t.Errorf("step %d: %d keys are kept, want at most %d", i, n, 2*limit)
		}
	}
}

// TestDecisionsAreFixed: which attempt of a key a window takes is part of what a
// seed promises. The seed 7 draws for "a" 0.522 and 0.389 in the first window, and
// 0.865 in the second.
func TestDecisionsAreFixed(t *testing.T) {
	window := func(p float64) Window { return Window{To: MaxTime, Fault: DropReply, Probability: p} }
	for _, tt := range []struct {
		windows []Window
		want    []int
	}{
		{[]Window{window(0.38)}, []int{-1, -1}},
		{[]Window{window(0.39)}, []int{-1, 0}},
		{[]Window{window(0.53)}, []int{0, 0}},
		{[]Window{window(0.52), window(0.86)}, []int{-1, 0}},
		{[]Window{window(0.52), window(0.87)}, []int{1, 0}},
	} {
		if got := taken(Plan{Seed: 7, Windows: tt.windows}, 0, "a", "a"); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v take two attempts of a as %v, want %v", tt.windows, got, tt.want)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	s := newActivePlan(Plan{Seed: 7, Windows: []Window{{To: MaxTime, Fault: DropReply, Probability: 0.1}}}, testStart)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = keyed.UUIDv7(7, "stage", uint64(i), testStart)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.decide(AttemptMark{Key: keys[i%len(keys)]}, testStart)
	}
}
