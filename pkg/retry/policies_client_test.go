package retry

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// sendScripted sends one operation under p, whose attempts are answered with answers, the last
// one repeated, and returns it.
func sendScripted(t *testing.T, c *Client, s *script, answers ...answer) Operation {
	t.Helper()
	s.mu.Lock()
	s.answers, s.seen = answers, nil
	s.mu.Unlock()
	return c.Get(context.Background(), "http://127.0.0.1:1/")
}

// scriptedClient returns a client of the policy with this name, and what answers it.
func scriptedClient(t *testing.T, name string, change func(*Policy)) (*Client, *script) {
	t.Helper()
	p, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	change(&p)
	s := &script{}
	c, err := New(Config{Policy: p, Base: s})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// why returns why the policy gave up o, "" when it did not.
func why(o Operation) string {
	var exhausted *ExhaustedError
	if errors.As(o.Err, &exhausted) {
		return exhausted.Why
	}
	return ""
}

// 500 tokens allow 35 retries at 14: 17 operations of two retries, and one of one.
func TestClientTakesFromTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, "aws-since", func(*Policy) {})
		unavailable := answer{status: 503}
		for i := range 20 {
			want, attempts := ByAttempts, 3
			if i == 17 {
				want, attempts = ByBudget, 2
			} else if i > 17 {
				want, attempts = ByBudget, 1
			}
			if o := sendScripted(t, c, s, unavailable); why(o) != want || len(o.Attempts) != attempts {
				t.Errorf("operation %d made %d attempts and ended with %v, want %d and %q", i+1, len(o.Attempts), o.Err, attempts, want)
			}
		}
		if o := sendScripted(t, c, s, answer{status: 429}, answer{status: 200}); len(o.Attempts) != 2 || o.Err != nil {
			t.Errorf("a throttled operation made %d attempts (%v), want 2: 5 of the 10 tokens that were left", len(o.Attempts), o.Err)
		}
		for range 3 { // 10 tokens, then 13
			sendScripted(t, c, s, answer{status: 200})
		}
		if o := sendScripted(t, c, s, unavailable); why(o) != ByBudget || len(o.Attempts) != 1 {
			t.Errorf("with 13 tokens: %v after %d attempts", o.Err, len(o.Attempts))
		}
		sendScripted(t, c, s, answer{status: 201})
		if o := sendScripted(t, c, s, unavailable, answer{status: 200}); o.Err != nil || len(o.Attempts) != 2 {
			t.Errorf("with 14 tokens: %v after %d attempts, want a retry", o.Err, len(o.Attempts))
		}
	})
}

// A timeout costs 10 tokens before November 2026: 50 retries.
func TestClientTakesMoreAfterATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, "aws-before", func(p *Policy) { p.AttemptTimeout = time.Second })
		retries := 0
		for range 40 {
			retries += len(sendScripted(t, c, s, answer{status: 200, delay: time.Minute}).Attempts) - 1
		}
		if retries != 50 {
			t.Errorf("%d retries after timeouts, want 50", retries)
		}
	})
}

// Each failure takes a token, also the last of an operation, a success adds a tenth.
func TestClientCountsFailuresInTheThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, "grpc", func(p *Policy) { p.MaxAttempts = 2 })
		unavailable := answer{status: 503}
		var attempts []int
		for range 4 {
			attempts = append(attempts, len(sendScripted(t, c, s, unavailable).Attempts))
		}
		if want := []int{2, 2, 1, 1}; !slices.Equal(attempts, want) { // 9 8, 7 6, 5, 4
			t.Errorf("attempts %v, want %v", attempts, want)
		}
		for range 20 { // 4 + 2
			sendScripted(t, c, s, answer{status: 204})
			sendScripted(t, c, s, answer{status: 404})
		}
		if o := sendScripted(t, c, s, unavailable); len(o.Attempts) != 1 {
			t.Errorf("%d attempts with 6 tokens, of which the failure takes one", len(o.Attempts))
		}
		for range 11 {
			sendScripted(t, c, s, answer{status: 204})
		}
		if o := sendScripted(t, c, s, unavailable); len(o.Attempts) != 2 {
			t.Errorf("%d attempts with 6.1 tokens, want 2", len(o.Attempts))
		}
	})
}

// The backoff begins anew after a wait that the service asked for, and ends where it asks for
// no other attempt.
func TestClientHeedsPushback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, "grpc", func(p *Policy) { p.MaxAttempts, p.Jitter, p.Budget = 6, NoJitter, Budget{} })
		pushback := func(ms string) answer {
			return answer{status: 503, header: http.Header{"Grpc-Retry-Pushback-Ms": {ms}}}
		}
		o := sendScripted(t, c, s, answer{status: 503}, answer{status: 503}, pushback("7000"), answer{status: 503}, pushback("-1"))
		var waits []time.Duration
		for _, a := range o.Attempts[1:] {
			waits = append(waits, a.Wait)
		}
		want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 7 * time.Second, 100 * time.Millisecond}
		if !slices.Equal(waits, want) || why(o) != ByService {
			t.Errorf("waits %v, then %v; want %v and %q", waits, o.Err, want, ByService)
		}
	})
}

// Pushback that asks for no other attempt takes a token whatever the answer's status (gRFC A6).
func TestClientCountsRefusalsInTheThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, "grpc", func(*Policy) {})
		for range 4 {
			sendScripted(t, c, s, answer{status: 400, header: http.Header{"Grpc-Retry-Pushback-Ms": {"-1"}}})
		}
		if o := sendScripted(t, c, s, answer{status: 503}); why(o) != ByBudget || len(o.Attempts) != 1 {
			t.Errorf("%v after %d attempts, want the fifth failure to leave half of the tokens", o.Err, len(o.Attempts))
		}
	})
}
