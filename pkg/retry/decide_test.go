package retry

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	const s = time.Second
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	original := Default()
	change := func(f func(*Policy)) Policy { p := original; f(&p); return p }
	honouring := change(func(p *Policy) { p.RetryAfter = true })
	after := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	for _, tt := range []struct {
		name   string
		policy Policy
		ended  endedAttempt
		wait   time.Duration
		why    reason
	}{
		{"first of three", original, endedAttempt{number: 1, temporary: true, status: 503}, 1 * s, retryAllowed},
		{"second of three", original, endedAttempt{number: 2, temporary: true, status: 503, waited: 1 * s}, 2 * s, retryAllowed},
		{"third of three", original, endedAttempt{number: 3, temporary: true, status: 503, waited: 2 * s}, 0, ByAttempts},
		{"the only one", change(func(p *Policy) { p.MaxAttempts = 1 }), endedAttempt{number: 1, temporary: true}, 0, ByAttempts},
		{"no answer", original, endedAttempt{number: 1, temporary: true}, 1 * s, retryAllowed},
		{"not temporary", original, endedAttempt{number: 1, status: 404}, 0, finalAnswer},
		{"not temporary, the last", original, endedAttempt{number: 3, status: 404}, 0, finalAnswer},
		{"no wait", change(func(p *Policy) { p.Backoff = Backoff{} }), endedAttempt{number: 1, temporary: true}, 0, retryAllowed},

		{"a wait that ends before the deadline", original, endedAttempt{number: 1, temporary: true, deadline: start.Add(1 * s)}, 1 * s, retryAllowed},
		{"a wait that ends after the deadline", original, endedAttempt{number: 1, temporary: true, deadline: start.Add(1*s - 1)}, 0, ByDeadline},
		{"attempts before deadline", original, endedAttempt{number: 3, temporary: true, deadline: start}, 0, ByAttempts},

		{"Retry-After, not honoured", original, endedAttempt{number: 1, temporary: true, status: 503, header: after("7")}, 1 * s, retryAllowed},
		{"Retry-After in seconds", honouring, endedAttempt{number: 1, temporary: true, status: 503, header: after("7")}, 7 * s, retryAllowed},
		{"Retry-After as a date", honouring, endedAttempt{number: 1, temporary: true, status: 503, header: after("Fri, 02 Jan 2026 03:04:25 GMT")}, 20 * s, retryAllowed},
		{"Retry-After in the past", honouring, endedAttempt{number: 1, temporary: true, status: 503, header: after("Fri, 02 Jan 2026 03:04:00 GMT")}, 0, retryAllowed},
		{"Retry-After, capped by default", honouring, endedAttempt{number: 1, temporary: true, status: 503, header: after("86400")}, 30 * s, retryAllowed},
		{"Retry-After, capped", change(func(p *Policy) { p.RetryAfter, p.MaxRetryAfter = true, 5*s }), endedAttempt{number: 1, temporary: true, status: 503, header: after("86400")}, 5 * s, retryAllowed},
		{"Retry-After that is neither", honouring, endedAttempt{number: 1, temporary: true, status: 503, header: after("soon")}, 1 * s, retryAllowed},
		{"Retry-After makes 409 temporary", honouring, endedAttempt{number: 1, status: 409, header: after("2")}, 2 * s, retryAllowed},
		{"Retry-After makes 429 temporary", honouring, endedAttempt{number: 1, status: 429, header: after("2")}, 2 * s, retryAllowed},
		{"409 without Retry-After", honouring, endedAttempt{number: 1, status: 409}, 0, finalAnswer},
		{"Retry-After of a 500", honouring, endedAttempt{number: 1, temporary: true, status: 500, header: after("7")}, 1 * s, retryAllowed},
		{"Retry-After of a 404", honouring, endedAttempt{number: 1, status: 404, header: after("7")}, 0, finalAnswer},
		{"Retry-After past the deadline", honouring, endedAttempt{number: 1, temporary: true, status: 503, header: after("7"), deadline: start.Add(5 * s)}, 0, ByDeadline},
		{"to be asked again after its Retry-After", original, endedAttempt{number: 1, next: AskAgain, status: 409, header: after("7")}, 7 * s, retryAllowed},
		{"to be asked again after its Retry-After of any status", original, endedAttempt{number: 1, next: AskAgain, status: 425, header: after("7")}, 7 * s, retryAllowed},
		{"to be asked again after its Retry-After, honoured, too", honouring, endedAttempt{number: 1, next: AskAgain, status: 409, header: after("7")}, 7 * s, retryAllowed},
		{"to be asked again after its Retry-After, capped by default", original, endedAttempt{number: 1, next: AskAgain, status: 409, header: after("86400")}, 30 * s, retryAllowed},
		{"to be asked again after its Retry-After, capped", change(func(p *Policy) { p.MaxRetryAfter = 5 * s }), endedAttempt{number: 1, next: AskAgain, status: 409, header: after("86400")}, 5 * s, retryAllowed},
		{"to be asked again after the backoff", original, endedAttempt{number: 2, next: AskAgain, status: 409, header: http.Header{}}, 2 * s, retryAllowed},
		{"to be asked again, Retry-After that is neither", original, endedAttempt{number: 1, next: AskAgain, status: 409, header: after("soon")}, 1 * s, retryAllowed},
		{"to be asked again to the last", original, endedAttempt{number: 3, next: AskAgain, status: 409, header: after("7")}, 0, ByAttempts},
		{"to be asked again past the deadline", original, endedAttempt{number: 1, next: AskAgain, status: 409, header: after("7"), deadline: start.Add(5 * s)}, 0, ByDeadline},
		{"409 that is not to be asked again", original, endedAttempt{number: 1, status: 409, header: after("7")}, 0, finalAnswer},
		{"429", original, endedAttempt{number: 1, status: 429, header: after("7")}, 0, finalAnswer},
		{"settled, though temporary", original, endedAttempt{number: 1, temporary: true, next: Settled, status: 503}, 0, finalAnswer},
		{"settled, though Retry-After is honoured", honouring, endedAttempt{number: 1, next: Settled, status: 409, header: after("7")}, 0, finalAnswer},
		{"Retry-After of the last", honouring, endedAttempt{number: 3, status: 429, header: after("1")}, 0, ByAttempts},
	} {
		tt.ended.end = start
		wait, _, why := decide(tt.policy, tt.ended, nil)
		if wait != tt.wait || why != tt.why {
			t.Errorf("%s: decide = %v, %q; want %v, %q", tt.name, wait, why, tt.wait, tt.why)
		}
	}
}

// The same source gives the same waits, and decorrelated jitter depends on the wait
// before.
func TestDecideWithJitter(t *testing.T) {
	p := Policy{MaxAttempts: 10, Backoff: Exponential(100*time.Millisecond, time.Minute), Jitter: Decorrelated}
	ended := endedAttempt{number: 2, temporary: true, waited: 5 * time.Second}
	first, _, _ := decide(p, ended, rand.New(rand.NewPCG(1, 2)))
	second, _, _ := decide(p, ended, rand.New(rand.NewPCG(1, 2)))
	if first != second || first < 100*time.Millisecond || first > 15*time.Second {
		t.Errorf("waits %v and %v from one seed, want the same in [100ms, 15s]", first, second)
	}
	most := time.Duration(0)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		wait, _, _ := decide(p, ended, rnd)
		most = max(most, wait)
	}
	if most < 14*time.Second {
		t.Errorf("the longest of 1000 waits is %v, want nearly three times the wait before, 5s", most)
	}
}
