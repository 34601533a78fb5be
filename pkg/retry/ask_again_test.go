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

// underWay takes 409 for "still under way".
type underWay struct{ jsonUnderKey }

func (u *underWay) Ended(a Attempt) Next {
	if a.Status == http.StatusConflict {
		return AskAgain
	}
	return ByPolicy
}

func TestAskAgain(t *testing.T) {
	with := func(change func(*Policy)) Policy { p := Default(); change(&p); return p }
	busy := answer{status: 409, retryAfter: "7"}
	for _, tt := range []struct {
		name     string
		policy   Policy
		answers  []answer
		statuses []int           // of the attempts
		waits    []time.Duration // before attempts 2, 3, …
		why      string          // of the exhaustion, "" for none
	}{
		{"twice under way, then done", Default(), []answer{busy, {status: 409, retryAfter: "2"}, {status: 201}}, []int{409, 409, 201}, []time.Duration{7e9, 2e9}, ""},
		{"no Retry-After", Default(), []answer{{status: 409}, {status: 409}, {status: 201}}, []int{409, 409, 201}, []time.Duration{1e9, 2e9}, ""},
		{"to the end", Default(), []answer{busy}, []int{409, 409, 409}, []time.Duration{7e9, 7e9}, ByAttempts},
		{"one attempt only", with(func(p *Policy) { p.MaxAttempts = 1 }), []answer{busy}, []int{409}, nil, ByAttempts},
		{"capped", with(func(p *Policy) { p.MaxRetryAfter = time.Second }), []answer{busy, {status: 201}}, []int{409, 201}, []time.Duration{1e9}, ""},
		{"past the deadline", with(func(p *Policy) { p.Deadline = 10 * time.Second }), []answer{busy}, []int{409, 409}, []time.Duration{7e9}, ByDeadline},
		{"no budget", with(func(p *Policy) { p.Budget = Budget{Ratio: .5} }), []answer{busy}, []int{409}, nil, ByBudget},
		{"then refused", Default(), []answer{busy, {status: 402, retryAfter: "1"}}, []int{409, 402}, []time.Duration{7e9}, ""},
		{"after a timeout", Default(), []answer{{status: 201, delay: time.Minute}, busy, {status: 201}}, []int{0, 409, 201}, []time.Duration{1e9, 7e9}, ""},
		{"another 4xx", Default(), []answer{{status: 429, retryAfter: "1"}}, []int{429}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := New(Config{Policy: tt.policy, Base: &script{answers: tt.answers}})
				if err != nil {
					t.Fatal(err)
				}
				o := c.Do(t.Context(), "http://127.0.0.1/purchase", "k1", &underWay{jsonUnderKey{body: jsonWithKey}})
				var statuses []int
				var waits []time.Duration
				for i, a := range o.Attempts {
					if statuses = append(statuses, a.Status); i > 0 {
						waits = append(waits, a.Wait)
					}
					if a.Key != "k1" || a.PlannedWait != a.Wait {
						t.Errorf("attempt %d: key %q, planned wait %v, wait %v; want k1 and the same", a.Number, a.Key, a.PlannedWait, a.Wait)
					}
				}
				if !slices.Equal(statuses, tt.statuses) || !slices.Equal(waits, tt.waits) {
					t.Errorf("statuses %v after waits %v, want %v after %v", statuses, waits, tt.statuses, tt.waits)
				}
				var gaveUp *ExhaustedError
				if errors.As(o.Err, &gaveUp); (gaveUp == nil) != (tt.why == "") || gaveUp != nil && gaveUp.Why != tt.why {
					t.Errorf("Err = %v, want exhaustion %q", o.Err, tt.why)
				}
			})
		})
	}
}

// A wait that a pending answer asks for ends with the caller's context.
func TestAskAgainIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{Policy: Default(), Base: &script{answers: []answer{{status: 409, retryAfter: "20"}}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		began := time.Now()
		o := c.Do(ctx, "http://127.0.0.1/purchase", "k1", &underWay{jsonUnderKey{body: jsonWithKey}})
		if waited := time.Since(began); len(o.Attempts) != 1 || waited != 5*time.Second || !errors.Is(o.Err, context.Canceled) {
			t.Errorf("%d attempts within %v, %v; want one, and the end of the context", len(o.Attempts), waited, o.Err)
		}
	})
}

// always asks again, whatever came.
type always struct{ jsonUnderKey }

func (*always) Ended(Attempt) Next { return AskAgain }

// TestAskAgainIsNotOtherWork: without a key, and under a new one for each attempt, another
// attempt would be other work; and one without an answer has not said that work is under way.
func TestAskAgainIsNotOtherWork(t *testing.T) {
	newKeys := Default()
	newKeys.NewKeyPerAttempt = true
	for _, tt := range []struct {
		name     string
		policy   Policy
		answer   answer
		keyless  bool
		attempts int
	}{
		{"under its key", Default(), answer{status: 409}, false, Default().MaxAttempts},
		{"without a key", Default(), answer{status: 409}, true, 1},
		{"under new keys", newKeys, answer{status: 409}, false, 1},
		{"without an answer", Default(), answer{err: errors.New("boom")}, false, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, err := New(Config{Policy: tt.policy, Base: &script{answers: []answer{tt.answer}}, Temporary: func(Attempt) bool { return false }})
			if err != nil {
				t.Fatal(err)
			}
			x := &always{jsonUnderKey{body: jsonWithKey}}
			var o Operation
			if tt.keyless {
				o = c.DoWithoutKey(t.Context(), "http://127.0.0.1/purchase", x)
			} else {
				o = c.Do(t.Context(), "http://127.0.0.1/purchase", "k1", x)
			}
			if len(o.Attempts) != tt.attempts {
				t.Errorf("%s: %d attempts, want %d", tt.name, len(o.Attempts), tt.attempts)
			}
		})
	}
}
