package retry

import (
	"math"
	"strings"
	"testing"
	"time"
)

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
		{func(p *Policy) { p.Budget.Share, p.Budget.Quota.Cost = 2, 1 }, []string{"Budget.Share is 2", "Budget.Quota.Tokens is 0"}},
		{func(p *Policy) { p.ThrottledFirst = time.Second }, []string{"ThrottledFirst is 1s, which needs a Backoff"}},
		{func(p *Policy) { p.ThrottledFirst = -1 }, []string{"ThrottledFirst is -1ns, want 0"}},
		{func(p *Policy) { p.Backoff, p.ThrottledFirst = Exponential(1, 0), time.Second }, nil},
		{func(p *Policy) { p.Pushback = "some" }, []string{`Pushback is "some"`}},
		{func(p *Policy) { p.Jitter, p.Pushback, p.RetryThrottled = Around, AWSPushback, true }, nil},
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
