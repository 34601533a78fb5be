package retry

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBackoffWait(t *testing.T) {
	for _, tt := range []struct {
		b    Backoff
		want []time.Duration // after attempts 1, 2, 3, …
	}{
		{Default().Backoff, []time.Duration{1e9, 2e9, 4e9, 4e9}},
		{Backoff{}, []time.Duration{0, 0}},
		{Exponential(100*time.Millisecond, time.Second), []time.Duration{1e8, 2e8, 4e8, 8e8, 1e9, 1e9}},
		{Backoff{First: time.Second, Factor: 1}, []time.Duration{1e9, 1e9}},
		{Backoff{List: []time.Duration{time.Hour}, Max: time.Minute}, []time.Duration{time.Minute}},
		{Fixed(0, 0, time.Second), []time.Duration{0, 0, 1e9}},
	} {
		for i, want := range tt.want {
			if got := tt.b.Wait(i + 1); got != want {
				t.Errorf("%+v.Wait(%d) = %v, want %v", tt.b, i+1, got, want)
			}
		}
	}
	if got := (Backoff{First: time.Hour, Factor: 10}).Wait(100); got <= 0 {
		t.Errorf("an enormous wait overflowed to %v", got)
	}
}

func TestJitterBounds(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	b := Exponential(100*time.Millisecond, 2*time.Second)
	for _, tt := range []struct {
		jitter    Jitter
		n         int
		last      time.Duration
		low, high time.Duration
	}{
		{Full, 1, 0, 0, 100e6}, {Full, 9, 0, 0, 2e9},
		{Equal, 1, 0, 50e6, 100e6}, {Equal, 3, 0, 200e6, 400e6},
		{Decorrelated, 1, 0, 100e6, 300e6}, {Decorrelated, 2, 400e6, 100e6, 1200e6}, {Decorrelated, 3, 2e9, 100e6, 2e9},
	} {
		p := Policy{Backoff: b, Jitter: tt.jitter}
		low, high := time.Duration(math.MaxInt64), time.Duration(0)
		for range 2000 {
			w := p.Wait(tt.n, tt.last, rnd)
			low, high = min(low, w), max(high, w)
		}
		if low < tt.low || high > tt.high {
			t.Errorf("%s jitter after attempt %d: waits in [%v, %v], want within [%v, %v]", tt.jitter, tt.n, low, high, tt.low, tt.high)
		}
		if spread := tt.high - tt.low; high-low < spread*8/10 {
			t.Errorf("%s jitter after attempt %d: waits in [%v, %v] do not fill [%v, %v]", tt.jitter, tt.n, low, high, tt.low, tt.high)
		}
	}
}

func TestPolicyValidate(t *testing.T) {
	ok := Default()
	for _, tt := range []struct {
		change func(*Policy)
		want   []string
	}{
		{func(p *Policy) {}, nil},
		{func(p *Policy) { p.MaxAttempts = 1; p.Backoff = Backoff{} }, nil},
		{func(p *Policy) { p.MaxAttempts = 0 }, []string{"MaxAttempts is 0"}},
		{func(p *Policy) { p.MaxAttempts = -1; p.AttemptTimeout = 0 }, []string{"MaxAttempts is -1", "AttemptTimeout is 0s"}},
		{func(p *Policy) { p.MaxAttempts = 101 }, []string{"MaxAttempts is 101"}},
		{func(p *Policy) { p.Backoff = Fixed(-time.Second) }, []string{"a wait is -1s"}},
		{func(p *Policy) { p.Backoff = Backoff{First: 1, Factor: math.NaN()} }, []string{"Factor is NaN"}},
		{func(p *Policy) { p.Jitter = "some" }, []string{`Jitter is "some"`}},
		{func(p *Policy) { p.Deadline = -1; p.MaxRetryAfter = -1 }, []string{"Deadline", "MaxRetryAfter"}},
		{func(p *Policy) { p.Budget.Ratio = -1 }, []string{"Budget"}},
	} {
		p := ok
		tt.change(&p)
		err := p.Validate()
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%+v.Validate() = %v, want faults %v", p, err, tt.want)
		}
		for _, w := range tt.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%+v.Validate() = %v, want it to mention %q", p, err, w)
			}
		}
		if _, newErr := New(Config{Policy: p}); (newErr == nil) != (err == nil) {
			t.Errorf("New with %+v = %v, want the policy's faults refused before anything is sent", p, newErr)
		}
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true}, {" 120 ", 2 * time.Minute, true},
		{"Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second, true},
		{"Fri, 02 Jan 2026 03:00:00 GMT", 0, true}, // in the past
		{"99999999999999999999", 0, false}, {"9999999999999", math.MaxInt64 / time.Second * time.Second, true},
		{"", 0, false}, {"-1", 0, false}, {"1.5", 0, false}, {"soon", 0, false},
	} {
		got, ok := ParseRetryAfter(tt.in, now)
		if got != tt.want || ok != tt.ok {
			t.Errorf("ParseRetryAfter(%q) = %v, %v; want %v, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "Fri, 02 Jan 2026 03:04:35 GMT", "18446744073709551615", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if w, ok := ParseRetryAfter(s, time.Unix(0, 0)); w < 0 || !ok && w != 0 {
			t.Errorf("ParseRetryAfter(%q) = %v, %v; want a wait of 0 or more, 0 when it is none", s, w, ok)
		}
	})
}

func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := account{Budget: Budget{Ratio: .2, PerSecond: 1}}
		allowed := func(n int) (k int) {
			for range n {
				if a.retry(time.Now()) {
					k++
				}
			}
			return k
		}
		for range 100 {
			a.operation(time.Now())
		}
		if got := allowed(100); got != 30 { // 0.2 × 100 + 1 × 10
			t.Errorf("after 100 operations %d retries were allowed, want 30", got)
		}
		time.Sleep(5 * time.Second)
		if got := allowed(100); got != 0 {
			t.Errorf("5 s later %d more were allowed, want 0: the window is 10 s", got)
		}
		time.Sleep(5 * time.Second)
		if got := allowed(100); got != 10 {
			t.Errorf("10 s later %d were allowed, want 10: the operations have left the window, too", got)
		}
		unlimited := account{}
		if !unlimited.retry(time.Now()) {
			t.Error("the zero Budget denied a retry")
		}
	})
}

func TestPolicyInWords(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		policy Policy
		want   string
	}{
		{Default(), "3 attempts, 5s each, waits [1s 2s 4s]"},
		{Policy{MaxAttempts: 1, AttemptTimeout: time.Second}, "1 attempt, 1s each"},
		{Policy{MaxAttempts: 3, AttemptTimeout: time.Second}, "3 attempts, 1s each, no wait"},
		{Policy{MaxAttempts: 3, AttemptTimeout: time.Second, Backoff: Fixed(0, 0)}, "3 attempts, 1s each, no wait"},
		{Policy{MaxAttempts: 6, AttemptTimeout: time.Second, Backoff: Exponential(10*ms, time.Second), Jitter: Full}, "6 attempts, 1s each, waits from 10ms, doubled each time, up to 1s, full jitter"},
		{Policy{MaxAttempts: 6, AttemptTimeout: time.Second, Backoff: Backoff{First: 10 * ms, Factor: 1.5}}, "6 attempts, 1s each, waits from 10ms, × 1.5 each time"},
		{Policy{MaxAttempts: 6, AttemptTimeout: time.Second, Backoff: Backoff{First: 10 * ms, Factor: 1}}, "6 attempts, 1s each, waits 10ms"},
	} {
		if got := c.policy.String(); got != c.want {
			t.Errorf("policy %+v is %q, want %q", c.policy, got, c.want)
		}
	}
}
