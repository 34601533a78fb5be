package purchase

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/retry"
)

// retried is how a server's answers were asked for.
type retried struct {
	Result
	statuses []int
	waits    []time.Duration
}

// purchaseOf makes one purchase of a server that gives one answer after the other.
func purchaseOf(t *testing.T, policy retry.Policy, answers ...func(http.ResponseWriter)) retried {
	t.Helper()
	n := 0
	keys := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++ // one request at a time
		keys[r.Header.Get("Idempotency-Key")] = true
		answers[min(n, len(answers))-1](w)
	}))
	defer server.Close()
	e, err := ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := retry.New(retry.Config{Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := retried{Result: NewClient(e, c).Purchase(t.Context(), one)}
	if len(keys) != 1 || n != len(r.Operation.Attempts) {
		t.Errorf("the server saw %d attempts under %d keys, %d were recorded; want one key and the same", n, len(keys), len(r.Operation.Attempts))
	}
	for i, a := range r.Operation.Attempts {
		if r.statuses = append(r.statuses, a.Status); i > 0 {
			r.waits = append(r.waits, a.PlannedWait)
			if a.Wait < a.PlannedWait {
				t.Errorf("attempt %d came after %v, want %v at least", a.Number, a.Wait, a.PlannedWait)
			}
		}
	}
	return r
}

// with answers with a status, a body, and perhaps a Retry-After.
func with(status int, body string, retryAfter ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for _, s := range retryAfter {
			w.Header().Set("Retry-After", s)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

const ms = time.Millisecond

func TestInProgressIsAskedAgain(t *testing.T) {
	const running = `{"code":"in_progress","order_id":"o1"}`
	policy := retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(2 * ms), AttemptTimeout: 10 * time.Second}
	one := policy
	one.MaxAttempts = 1
	for _, tt := range []struct {
		name     string
		policy   retry.Policy
		answers  []func(http.ResponseWriter)
		statuses []int
		waits    []time.Duration
		outcome  Outcome
		reason   string
	}{
		{"twice, then confirmed", policy, []func(http.ResponseWriter){with(409, running, "1"), with(409, running, "0"), with(201, `{"order_id":"o1"}`)},
			[]int{409, 409, 201}, []time.Duration{time.Second, 0}, OK, ""},
		{"without Retry-After", policy, []func(http.ResponseWriter){with(409, running), with(200, `{"order_id":"o1"}`)}, []int{409, 200}, []time.Duration{2 * ms}, OK, ""},
		{"to the end", policy, []func(http.ResponseWriter){with(409, running)}, []int{409, 409, 409}, []time.Duration{2 * ms, 2 * ms}, Unknown, "in_progress"},
		{"then refused", policy, []func(http.ResponseWriter){with(409, running), with(402, `{"code":"insufficient_balance"}`, "1")}, []int{409, 402}, []time.Duration{2 * ms}, Failed, "insufficient_balance"},
		{"one attempt", one, []func(http.ResponseWriter){with(409, running, "1")}, []int{409}, nil, Unknown, "in_progress"},
		{"too many requests", policy, []func(http.ResponseWriter){with(429, "", "1")}, []int{429}, nil, Failed, "http_429"},
		{"a conflict of another kind", policy, []func(http.ResponseWriter){with(409, "{}", "1")}, []int{409}, nil, Unknown, "http_409"},
		{"out of stock", policy, []func(http.ResponseWriter){with(409, `{"code":"out_of_stock"}`, "1")}, []int{409}, nil, Failed, "out_of_stock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := purchaseOf(t, tt.policy, tt.answers...)
			if !slices.Equal(r.statuses, tt.statuses) || !slices.Equal(r.waits, tt.waits) || r.Outcome != tt.outcome || r.Reason != tt.reason {
				t.Errorf("statuses %v after %v: %s, %q; want %v after %v: %s, %q", r.statuses, r.waits, r.Outcome, r.Reason, tt.statuses, tt.waits, tt.outcome, tt.reason)
			}
		})
	}
}

// TestInProgressWithoutTheSameKeyIsNotAskedAgain: the next attempt would be another
// purchase. Policy.RetryAfter asks all the same.
func TestInProgressWithoutTheSameKeyIsNotAskedAgain(t *testing.T) {
	for _, tt := range []struct {
		name             string
		newKeys, keyless bool
		retryAfter       bool
		attempts         int
		outcome          Outcome
	}{
		{"one key", false, false, false, 2, OK},
		{"new keys", true, false, false, 1, Unknown},
		{"without a key", false, true, false, 1, Unknown},
		{"without a key, under a policy of new keys", true, true, false, 1, Unknown},
		{"new keys, Retry-After", true, false, true, 2, OK},
		{"without a key, Retry-After", false, true, true, 2, OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			c := at(t, func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked == 1 { // one request at a time
					with(409, `{"code":"in_progress"}`, "0")(w)
					return
				}
				with(201, `{"order_id":"second"}`)(w)
			})
			sender, err := c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 3, AttemptTimeout: time.Minute, NewKeyPerAttempt: tt.newKeys, RetryAfter: tt.retryAfter}})
			if err != nil {
				t.Fatal(err)
			}
			buy := NewClient(c.endpoint, sender).Purchase
			if tt.keyless {
				buy = NewClient(c.endpoint, sender).PurchaseWithoutKey
			}
			if r := buy(t.Context(), one); asked != tt.attempts || r.Outcome != tt.outcome {
				t.Errorf("%d attempts, %s; want %d, %s", asked, r.Outcome, tt.attempts, tt.outcome)
			}
		})
	}
}

// silentThen answers nothing at first, and then with a status.
type silentThen struct{ status, asked int }

func (s *silentThen) RoundTrip(req *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
	if s.asked++; s.asked == 1 {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: s.status, Header: http.Header{"Retry-After": {"1"}}, Body: io.NopCloser(strings.NewReader("")), Request: req}, nil
}

// A timeout leaves in doubt what a 429 does not settle.
func TestTimeoutThenTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &silentThen{status: 429}
		c, err := retry.New(retry.Config{Policy: retry.Default(), Base: s})
		if err != nil {
			t.Fatal(err)
		}
		e, err := ParseEndpoint("http://127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		r := NewClient(e, c).Purchase(t.Context(), one)
		if s.asked != 2 || r.Status != 429 || r.Operation.Attempts[0].Class != retry.Timeout || r.Outcome != Unknown || r.Reason != "http_429" {
			t.Errorf("%d attempts, HTTP %d: %s, %q; want a timeout, then 429, unknown", s.asked, r.Status, r.Outcome, r.Reason)
		}
	})
}

// TestWhileItIsAskedAgain: before a wait nothing is known of a purchase, also where its
// attempts so far have done nothing, so that it would have failed without another one.
func TestWhileItIsAskedAgain(t *testing.T) {
	asked := 0
	c := at(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"order_id":"o1"}`)
	})
	var err error
	if c.http, err = c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 2, AttemptTimeout: time.Minute, RetryAfter: true}}); err != nil {
		t.Fatal(err)
	}
	var soFar []Outcome
	r := c.OnWait(func(_ context.Context, r Result) { soFar = append(soFar, r.Outcome) }).Purchase(t.Context(), one)
	if r.Outcome != OK || len(soFar) != 1 || soFar[0] != Unknown {
		t.Errorf("%s after %v, want ok after unknown", r.Outcome, soFar)
	}
}
