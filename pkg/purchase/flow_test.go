package purchase_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// patient is a policy under which a step has three attempts.
var patient = retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(10 * time.Millisecond), AttemptTimeout: time.Second}

// order is what the tests buy.
var order = purchase.Request{UserID: 1, ProductID: 1, Quantity: 2, PaymentMethodID: 1, IdempotencyKey: "k"}

// clientOf returns a client that buys at a shop without a connection.
func clientOf(t *testing.T, s http.RoundTripper, a purchase.Adapter, p retry.Policy) *purchase.Client {
	t.Helper()
	c, err := retry.New(retry.Config{Policy: p, Base: s})
	if err != nil {
		t.Fatal(err)
	}
	e, err := purchase.ParseEndpoint("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return purchase.NewClient(e, c).WithAdapter(a)
}

// failing makes those requests fail whose path ends in some way, by their number from 1.
func failing(path string, with stepshop.Failure, numbers ...int) func(*http.Request) stepshop.Failure {
	var mu sync.Mutex
	n := 0
	return func(r *http.Request) stepshop.Failure {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(r.URL.Path, path) {
			return stepshop.Failure{}
		}
		if n++; slices.Contains(numbers, n) {
			return with
		}
		return stepshop.Failure{}
	}
}

// asked lists what a shop got: the last part of each path, the key and the status.
func asked(s *stepshop.Shop) (list []string) {
	for _, r := range s.Requests() {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %d", r.Path[strings.LastIndexByte(r.Path, '/')+1:], r.Key, r.Status)))
	}
	return list
}

// foreignToken sends the token of another user with an item.
type foreignToken struct {
	stepshop.Adapter
	token *string
}

func (f foreignToken) Request(c purchase.Call) (retry.Request, error) {
	r, err := f.Adapter.Request(c)
	if c.Step == "item" {
		return r.With("X-Auth-Token", *f.token), err
	}
	return r, err
}

// TestSteps: steps are sent in order, each under its key; one is retried and those before are
// not; the first refusal ends the purchase.
func TestSteps(t *testing.T) {
	unavailable, lost := stepshop.Failure{Status: 503}, stepshop.Failure{Lost: true}
	for _, tt := range []struct {
		name    string
		options stepshop.Options
		adapter purchase.Adapter
		request func(*purchase.Request)
		asked   string
		outcome purchase.Outcome
		reason  string
		steps   int
	}{
		{name: "each once", asked: "sessions  201, carts k.cart 201, items k.item 201, pay k 201", outcome: purchase.OK, steps: 3},
		{name: "503 at a step", options: stepshop.Options{Fail: failing("/items", unavailable, 1, 2)},
			asked: "sessions  201, carts k.cart 201, items k.item 503, items k.item 503, items k.item 201, pay k 201", outcome: purchase.OK, steps: 3},
		{name: "a reply lost at a step", options: stepshop.Options{Fail: failing("/items", lost, 1)},
			asked: "sessions  201, carts k.cart 201, items k.item 0, items k.item 201, pay k 201", outcome: purchase.OK, steps: 3},
		{name: "a reply lost at the last step", options: stepshop.Options{Fail: failing("/pay", lost, 1)},
			asked: "sessions  201, carts k.cart 201, items k.item 201, pay k 0, pay k 201", outcome: purchase.OK, steps: 3},
		{name: "refused at the second step", options: stepshop.Options{Stock: 1},
			asked: "sessions  201, carts k.cart 201, items k.item 409", outcome: purchase.Failed, reason: "out_of_stock", steps: 2},
		{name: "refused at the last step", options: stepshop.Options{Balance: 1},
			asked: "sessions  201, carts k.cart 201, items k.item 201, pay k 402", outcome: purchase.Failed, reason: "insufficient_balance", steps: 3},
		{name: "given up at the first step", options: stepshop.Options{Fail: failing("/carts", unavailable, 1, 2, 3)},
			asked: "sessions  201, carts k.cart 503, carts k.cart 503, carts k.cart 503", outcome: purchase.Unknown, reason: "http_503", steps: 1},
		{name: "without keys", adapter: stepshop.Keyless{}, asked: "sessions  201, carts  201, items  201, pay  201", outcome: purchase.OK, steps: 3},
		{name: "a cart that expires", options: stepshop.Options{CartLife: time.Millisecond, Work: 10 * time.Millisecond},
			asked: "sessions  201, carts k.cart 201, items k.item 410", outcome: purchase.Failed, reason: "cart_expired", steps: 2},
		{name: "another user's token", adapter: foreignToken{token: new(string)},
			asked: "sessions  201, carts k.cart 201, items k.item 403", outcome: purchase.Failed, reason: "forbidden", steps: 2},
		{name: "a token that expires", options: stepshop.Options{TokenUses: 2},
			asked: "sessions  201, carts k.cart 201, items k.item 201, pay k 401, sessions  201, pay k 201", outcome: purchase.OK, steps: 3},
		{name: "a token that is never valid", adapter: wrongLogin{token: "none"},
			asked: "sessions  201, carts k.cart 401, sessions  201, carts k.cart 401", outcome: purchase.Failed, reason: "unauthorized", steps: 1},
		{name: "an unknown user", request: func(r *purchase.Request) { r.UserID = 9 },
			asked: "sessions  404", outcome: purchase.Failed, reason: "not_sent"},
		{name: "a login that is retried", options: stepshop.Options{Fail: failing("/sessions", unavailable, 1)},
			asked: "sessions  503, sessions  201, carts k.cart 201, items k.item 201, pay k 201", outcome: purchase.OK, steps: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := stepshop.New(tt.options)
				var a purchase.Adapter = stepshop.Adapter{}
				if tt.adapter != nil {
					a = tt.adapter
				}
				before := 0
				if f, ok := a.(foreignToken); ok { // another user's login comes first
					*f.token = tokenOf(t, s, 2)
					before = len(s.Requests())
				}
				r := order
				if tt.request != nil {
					tt.request(&r)
				}
				got := clientOf(t, s, a, patient).Purchase(t.Context(), r)
				if list := strings.Join(asked(s)[before:], ", "); list != tt.asked {
					t.Errorf("asked for\n%s, want\n%s", list, tt.asked)
				}
				if got.Outcome != tt.outcome || got.Reason != tt.reason || got.Steps != tt.steps {
					t.Errorf("%s, reason %q, %d steps begun (%s); want %s, %q, %d", got.Outcome, got.Reason, got.Steps, got.Message(), tt.outcome, tt.reason, tt.steps)
				}
				checkResult(t, s, got)
			})
		})
	}
}

// tokenOf logs a user in.
func tokenOf(t *testing.T, s *stepshop.Shop, user int) string {
	t.Helper()
	r, err := http.NewRequest("POST", "http://127.0.0.1:1/sessions", strings.NewReader(fmt.Sprintf(`{"user":%d}`, user)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Header.Get("X-Auth-Token")
}

// checkResult checks what holds of every result: attempts are numbered through, each has an
// answer of its step, and what is bought once is in the shop once.
func checkResult(t *testing.T, s *stepshop.Shop, r purchase.Result) {
	t.Helper()
	if len(r.Answers) != len(r.Operation.Attempts) {
		t.Fatalf("%d answers to %d attempts", len(r.Answers), len(r.Operation.Attempts))
	}
	steps := purchase.StepsOf(stepshop.Adapter{})
	last := 0
	for i, a := range r.Operation.Attempts {
		at := slices.Index(steps, r.Answers[i].Step)
		if a.Number != i+1 || at < last {
			t.Errorf("attempt %d has the number %d and the step %q", i+1, a.Number, r.Answers[i].Step)
		}
		last = at
	}
	for _, o := range r.Others {
		if o.Kind == purchase.LoginRequest && (o.Attempt.Body != nil || o.Attempt.Header != nil) {
			t.Errorf("the answer to a login is recorded: %q %v", o.Attempt.Body, o.Attempt.Header)
		}
	}
	if r.Outcome == purchase.OK {
		if carts, orders := s.LeftBehind(); carts != 0 || orders != 0 || !strings.Contains(r.Message(), `"amount":200`) {
			t.Errorf("%d carts and %d orders are left behind, the answer is %s", carts, orders, r.Message())
		}
	}
}

// wrongLogin takes another token from a login than the service gave.
type wrongLogin struct {
	stepshop.Adapter
	token string
}

func (w wrongLogin) ReadLogin(purchase.ID, retry.Attempt) (map[string]string, error) {
	return map[string]string{"token": w.token}, nil
}

// TestNewKeyPerAttempt: by such a policy each attempt at a step is other work, under a key of
// its own, and the steps before are not repeated all the same.
func TestNewKeyPerAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stepshop.New(stepshop.Options{Fail: failing("/items", stepshop.Failure{Lost: true}, 1)})
		p := patient
		p.NewKeyPerAttempt = true
		r := clientOf(t, s, stepshop.Adapter{}, p).Purchase(t.Context(), order)
		list := s.Requests()
		if r.Outcome != purchase.OK || len(list) != 5 || list[2].Key != "k.item" || list[3].Key == "k.item" || list[3].Key == "" || list[4].Key != "k" {
			t.Errorf("%s, %+v; want another key for the second attempt at the item alone", r.Outcome, list)
		}
		if !strings.Contains(r.Message(), `"amount":400`) {
			t.Errorf("the answer is %s, want the item twice", r.Message())
		}
	})
}

// TestKeptValues: what a login and answers give is in later calls, and calls have the attempts
// of their step alone.
func TestKeptValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stepshop.New(stepshop.Options{Settle: time.Second, Fail: failing("/items", stepshop.Failure{Status: 500}, 1)})
		seen := &recordingAdapter{}
		r := clientOf(t, s, seen, patient).Purchase(t.Context(), order)
		const want = "cart 1 k.cart token; item 1 k.item cart token; item 2 k.item cart token; pay 1 k cart token; " +
			"poll of pay 1 k cart token order; poll of pay 2 k cart token order; poll of pay 3 k cart token order"
		if got := strings.Join(seen.calls, "; "); got != want || r.Outcome != purchase.OK {
			t.Errorf("calls %s (%s), want %s", got, r.Outcome, want)
		}
	})
}

// recordingAdapter lists its calls.
type recordingAdapter struct {
	stepshop.Adapter
	calls []string
}

func (r *recordingAdapter) add(kind string, c purchase.Call) {
	text := fmt.Sprintf("%s%s %d %s", kind, c.Step, c.Attempt, c.Key)
	for _, name := range []string{"cart", "token"} {
		if c.Kept[name] != "" {
			text += " " + name
		}
	}
	if c.Order != "" {
		text += " order"
	}
	r.calls = append(r.calls, text)
}

func (r *recordingAdapter) Request(c purchase.Call) (retry.Request, error) {
	r.add("", c)
	return r.Adapter.Request(c)
}

func (r *recordingAdapter) Poll(c purchase.Call) (retry.Request, error) {
	r.add("poll of ", c)
	return r.Adapter.Poll(c)
}

// cutting ends a context once a step is done.
type cutting struct {
	stepshop.Adapter
	end func()
}

func (c cutting) Keep(call purchase.Call, a retry.Attempt) (map[string]string, error) {
	if call.Step == "item" {
		c.end()
	}
	return c.Adapter.Keep(call, a)
}

// TestCutOff: a purchase that ends between two steps failed, and says after which one.
func TestCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("the cell was interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		s := stepshop.New(stepshop.Options{CartHolds: true})
		r := clientOf(t, s, cutting{end: func() { cancel(stop) }}, patient).Purchase(ctx, order)
		if r.Outcome != purchase.Failed || r.Reason != "cut_off" || r.Steps != 2 || r.Answer.Step != "item" || !errors.Is(r.Operation.Err, stop) {
			t.Errorf("%s, %q, %d steps, the last answer is of %q: %v; want failed, cut_off, after 2", r.Outcome, r.Reason, r.Steps, r.Answer.Step, r.Operation.Err)
		}
		if r.Message() != "stopped after HTTP 201: the cell was interrupted" {
			t.Errorf("the message is %q", r.Message())
		}
		if carts, _ := s.LeftBehind(); carts != 1 {
			t.Errorf("%d carts are left behind, want 1", carts)
		}
	})
}

// TestDeadlineOverAll: the deadline of the policy is that of all steps and polls together.
func TestDeadlineOverAll(t *testing.T) {
	for _, tt := range []struct {
		deadline time.Duration
		settle   time.Duration
		outcome  purchase.Outcome
		reason   string
	}{
		{250 * time.Millisecond, 0, purchase.Unknown, "deadline"}, // within the item
		{500 * time.Millisecond, time.Minute, purchase.Unknown, "pending"},
		{10 * time.Second, 3 * time.Second, purchase.OK, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := patient
			p.Deadline = tt.deadline
			s := stepshop.New(stepshop.Options{Settle: tt.settle, Fail: slowItems(300 * time.Millisecond)})
			begun := time.Now()
			r := clientOf(t, s, stepshop.Adapter{}, p).Purchase(t.Context(), order)
			if took := time.Since(begun); r.Outcome != tt.outcome || r.Reason != tt.reason || took > tt.deadline {
				t.Errorf("by a deadline of %v: %s, %q after %v (%s); want %s, %q", tt.deadline, r.Outcome, r.Reason, took, r.Message(), tt.outcome, tt.reason)
			}
			if r.Outcome == purchase.Unknown && !strings.Contains(r.Message(), "deadline ran out") {
				t.Errorf("the message is %q", r.Message())
			}
		})
	}
}

// slowItems makes an item take some time.
func slowItems(by time.Duration) func(*http.Request) stepshop.Failure {
	return func(r *http.Request) stepshop.Failure {
		if strings.HasSuffix(r.URL.Path, "/items") {
			select {
			case <-time.After(by):
			case <-r.Context().Done():
			}
		}
		return stepshop.Failure{}
	}
}

// TestMarksOfSteps: the attempts at all steps are numbered through in marks.
func TestMarksOfSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var marks []string
		s := stepshop.New(stepshop.Options{Settle: time.Second, Fail: failing("/items", stepshop.Failure{Status: 500}, 1)})
		c := clientOf(t, s, stepshop.Adapter{}, patient).MarkAttempts(func(key string, number int) retry.Header {
			marks = append(marks, fmt.Sprint(key, " ", number))
			return retry.Header{}
		})
		c.Purchase(t.Context(), order)
		if want := []string{"k.cart 1", "k.item 2", "k.item 3", "k 4"}; !slices.Equal(marks, want) {
			t.Errorf("marks %q, want %q", marks, want)
		}
	})
}

// TestWaitsOfSteps: what is told before each wait has all steps, polls and logins so far.
func TestWaitsOfSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		s := stepshop.New(stepshop.Options{Settle: 500 * time.Millisecond, Fail: failing("/items", stepshop.Failure{Status: 500}, 1)})
		c := clientOf(t, s, stepshop.Adapter{}, patient).OnWait(func(_ context.Context, r purchase.Result) {
			told = append(told, fmt.Sprintf("%d steps, %d attempts, %d others, %s", r.Steps, len(r.Operation.Attempts), len(r.Others), r.Outcome))
			if len(r.Answers) != len(r.Operation.Attempts) {
				t.Errorf("%d answers to %d attempts", len(r.Answers), len(r.Operation.Attempts))
			}
		})
		c.Purchase(t.Context(), order)
		want := []string{
			"1 steps, 1 attempts, 1 others, unknown", // before the item
			"2 steps, 2 attempts, 1 others, unknown", // before its retry
			"2 steps, 3 attempts, 1 others, unknown", // before the payment
			"3 steps, 4 attempts, 1 others, unknown", // before the polls
			"3 steps, 4 attempts, 2 others, unknown",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}
