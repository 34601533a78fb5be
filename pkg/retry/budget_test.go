package retry

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// taken returns how many of n retries s allows at now.
func taken(s *BudgetState, now time.Duration, f Failure, n int) (k int) {
	for range n {
		if s.Take(now, f) {
			k++
		}
	}
	return k
}

func TestBudgetOfTheLastSeconds(t *testing.T) {
	const began = 1234567 * time.Second
	s := Budget{Ratio: .2, PerSecond: 1}.State()
	for range 100 {
		s.Begin(began)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
		why   string
	}{
		{0, 30, "0.2 × 100 + 1 × 10"},
		{5 * time.Second, 0, "the window is 10 s"},
		{10 * time.Second, 10, "the operations have left the window, too"},
	} {
		if got := taken(&s, began+step.after, Transient, 100); got != step.want {
			t.Errorf("%v after 100 operations %d retries were allowed, want %d: %s", step.after, got, step.want, step.why)
		}
	}
	var unlimited BudgetState
	if taken(&unlimited, 0, Throttled, 1000) != 1000 {
		t.Error("the zero Budget denied a retry")
	}
}

func TestBudgetOfAShare(t *testing.T) {
	s := Budget{Share: 0.1}.State()
	if got := taken(&s, 0, Transient, 10); got != 0 {
		t.Errorf("%d retries without an operation, want none: 0 is not below 10 %% of 0", got)
	}
	s.Begin(0)
	if got := taken(&s, 0, Transient, 10); got != 1 {
		t.Errorf("%d retries after one operation, want 1: none of one request is below 10 %%", got)
	}
	for range 999 {
		s.Begin(time.Second)
	}
	if got := taken(&s, time.Second, Transient, 1000); got != 111 { // 112 of 1112 are above 10 %, 111 of 1111 are below
		t.Errorf("%d more retries among 1000 operations, want 111", got)
	}
	if got := taken(&s, 11*time.Second, Transient, 10); got != 0 {
		t.Errorf("%d retries after the window, want none", got)
	}
}

func TestBudgetOfAQuota(t *testing.T) {
	q := Quota{Tokens: 500, Cost: 14, ThrottledCost: 5, Increment: 1}
	for _, tt := range []struct {
		f    Failure
		want int
	}{{Transient, 35}, {TimedOut, 35}, {Throttled, 100}} {
		s := Budget{Quota: q}.State()
		if got := taken(&s, 0, tt.f, 1000); got != tt.want {
			t.Errorf("%d retries after failures that are %s, want %d", got, tt.f, tt.want)
		}
	}
	s := Budget{Quota: q}.State()
	taken(&s, 0, Transient, 34) // 24 left
	if ok := s.Take(0, Transient); !ok || s.quota != 10 {
		t.Fatalf("the 35th retry: %t, and left %v; want it to take 14 of 24", ok, s.quota)
	}
	s.Succeeded(2, Transient)
	if s.quota != 24 {
		t.Errorf("%v tokens after the retry succeeded, want 24: what it took, and no increment", s.quota)
	}
	s.Succeeded(1, Transient)
	if s.quota != 25 {
		t.Errorf("%v tokens after a first attempt succeeded, want 25", s.quota)
	}
	for range 1000 {
		s.Succeeded(1, Transient)
	}
	if s.quota != 500 {
		t.Errorf("%v tokens after a thousand successes, want 500", s.quota)
	}
}

func TestBudgetOfAThrottle(t *testing.T) {
	s := Budget{Throttle: Throttle{MaxTokens: 10, TokenRatio: 0.5}}.State()
	for i, want := range []bool{true, true, true, true, false, false} { // 9, 8, 7, 6, 5, 4 tokens
		s.Failed()
		if ok := s.Take(0, Transient); ok != want {
			t.Errorf("retry of failure %d: %t, want %t", i+1, ok, want)
		}
	}
	for range 4 { // 4 + 4 × 0.5 = 6, of which the failure takes 1
		s.Succeeded(1, Transient)
	}
	s.Failed()
	if s.Take(0, Transient) {
		t.Error("a retry with half of the tokens was allowed")
	}
	s.Succeeded(3, Transient) // 5.5
	if !s.Take(0, Transient) {
		t.Error("a retry with more than half of the tokens was denied")
	}
	for range 100 {
		s.Failed()
	}
	if s.throttle != 0 {
		t.Errorf("%v tokens after a hundred failures, want 0", s.throttle)
	}
}

// A retry that one limit denies takes nothing from another.
func TestBudgetTakesFromAllLimitsOrNone(t *testing.T) {
	s := Budget{PerSecond: 0.1, Quota: Quota{Tokens: 100, Cost: 10}}.State()
	if got := taken(&s, 0, Transient, 5); got != 1 || s.quota != 90 {
		t.Errorf("%d retries left %v tokens; want 1, which leaves 90", got, s.quota)
	}
	s = Budget{PerSecond: 1, Quota: Quota{Tokens: 10, Cost: 10}}.State()
	if got := taken(&s, 0, Transient, 5); got != 1 || s.buckets[0].retries != 1 {
		t.Errorf("%d retries counted as %v; want 1 and 1", got, s.buckets[0].retries)
	}
}

func TestBudgetOfAClientIsByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker := newBudgetTracker(Budget{PerSecond: 1})
		for _, want := range []bool{true, false} {
			for range 10 {
				if ok := tracker.takeRetry(time.Now(), Transient); ok != want {
					t.Fatalf("a retry is allowed: %t, want %t", ok, want)
				}
			}
		}
		time.Sleep(10 * time.Second)
		if !tracker.takeRetry(time.Now(), Transient) {
			t.Error("a retry was denied 10 s later")
		}
	})
}

func TestBudgetValidate(t *testing.T) {
	for _, tt := range []struct {
		budget Budget
		want   string // "" for a valid one
	}{
		{Budget{}, ""},
		{Budget{Ratio: 1001}, "Budget is {Ratio:1001"},
		{Budget{PerSecond: -1}, "PerSecond:-1}"},
		{Budget{Share: 1.1}, "Budget.Share is 1.1"},
		{Budget{Quota: Quota{Cost: 1}}, "Quota.Tokens is 0"},
		{Budget{Quota: Quota{Tokens: 10, Cost: 11}}, "11 tokens, want 0 to its 10"},
		{Budget{Quota: Quota{Tokens: 10, Increment: -1}}, "-1 tokens"},
		{Budget{Throttle: Throttle{TokenRatio: 1}}, "MaxTokens is 0"},
		{Budget{Throttle: Throttle{MaxTokens: 1001, TokenRatio: 1}}, "MaxTokens is 1001"},
		{Budget{Throttle: Throttle{MaxTokens: 10}}, "TokenRatio is 0"},
	} {
		err := tt.budget.validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v is refused with %v, want %q", tt.budget, err, tt.want)
		}
	}
}
