package purchase_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// pollsAt returns when a shop was asked for orders, since a time.
func pollsAt(s *stepshop.Shop, since time.Time) (at []time.Duration) {
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Path, "/orders/") {
			at = append(at, r.At.Sub(since))
		}
	}
	return at
}

// TestPolls: when polls are sent, what is made of their answers, and how exactly the end is known.
func TestPolls(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	never := []time.Duration{200 * ms, 600 * ms, 1400 * ms, 3 * s, 5 * s, 7 * s, 9 * s, 11 * s, 13 * s, 15 * s, 17 * s, 19 * s, 21 * s, 23 * s, 25 * s, 27 * s, 29 * s, 30 * s}
	hangs := func(r *http.Request) stepshop.Failure {
		if strings.HasPrefix(r.URL.Path, "/orders/") {
			<-r.Context().Done()
		}
		return stepshop.Failure{}
	}
	for _, tt := range []struct {
		name        string
		options     stepshop.Options
		times       purchase.PollTimes
		polls       []time.Duration
		outcome     purchase.Outcome
		reason      string
		uncertainty time.Duration
		message     string // what the message has
	}{
		{name: "confirmed", options: stepshop.Options{Settle: s}, polls: never[:3], outcome: purchase.OK, uncertainty: 800 * ms, message: "CONFIRMED"},
		{name: "confirmed at the first", options: stepshop.Options{Settle: 100 * ms}, polls: never[:1], outcome: purchase.OK, uncertainty: 200 * ms, message: "CONFIRMED"},
		{name: "refused", options: stepshop.Options{Settle: s, Balance: 1}, polls: never[:3], outcome: purchase.Failed, reason: "insufficient_balance", uncertainty: 800 * ms, message: "CANCELLED"},
		{name: "never", options: stepshop.Options{Settle: s, Defect: stepshop.NeverSettles}, polls: never, outcome: purchase.Unknown, reason: "pending",
			message: "stopped after HTTP 202: not ended after 30s and 18 polls"},
		{name: "lost", options: stepshop.Options{Settle: s, Defect: stepshop.LostOrder}, polls: never, outcome: purchase.Unknown, reason: "pending",
			message: "stopped after HTTP 202: not ended after 30s and 18 polls"},
		{name: "Retry-After", options: stepshop.Options{Settle: 1500 * ms, RetryAfter: "1"}, polls: []time.Duration{s, 2 * s}, outcome: purchase.OK, uncertainty: s},
		{name: "Retry-After of 0", options: stepshop.Options{Settle: 500 * ms, RetryAfter: "0"}, polls: []time.Duration{200 * ms, 400 * ms, 600 * ms}, outcome: purchase.OK, uncertainty: 200 * ms},
		{name: "Retry-After beyond the end", options: stepshop.Options{Settle: s, RetryAfter: "3600"}, polls: []time.Duration{30 * s}, outcome: purchase.OK, uncertainty: 30 * s},
		{name: "Retry-After that is none", options: stepshop.Options{Settle: s, RetryAfter: "soon"}, polls: never[:3], outcome: purchase.OK, uncertainty: 800 * ms},
		{name: "times of its own", options: stepshop.Options{Settle: s}, times: purchase.PollTimes{First: 300 * ms, Most: 300 * ms}, polls: []time.Duration{300 * ms, 600 * ms, 900 * ms, 1200 * ms}, outcome: purchase.OK, uncertainty: 300 * ms},
		{name: "the first given up", options: stepshop.Options{Settle: s}, times: purchase.PollTimes{For: 10 * ms}, polls: []time.Duration{10 * ms}, outcome: purchase.Unknown, reason: "pending", message: "not ended after 10ms and 1 poll"},
		{name: "polls that fail", options: stepshop.Options{Settle: s, Fail: failing("-0-2", stepshop.Failure{Status: 500}, 2, 3)}, polls: never[:4], outcome: purchase.OK, uncertainty: 2800 * ms},
		{name: "polls that are lost", options: stepshop.Options{Settle: s, Fail: failing("-0-2", stepshop.Failure{Lost: true}, 1, 2, 3)}, polls: never[:4], outcome: purchase.OK, uncertainty: 3 * s},
		{name: "polls of orders that are not there yet", options: stepshop.Options{Settle: s, Fail: failing("-0-2", stepshop.Failure{Status: 404}, 1)}, polls: never[:3], outcome: purchase.OK, uncertainty: 800 * ms},
		{name: "polls turned away", options: stepshop.Options{Settle: s, Fail: failing("-0-2", stepshop.Failure{Status: 429, RetryAfter: "2"}, 1)}, polls: []time.Duration{200 * ms, 2200 * ms}, outcome: purchase.OK, uncertainty: 2200 * ms},
		// 1 s each, and the waits between
		{name: "polls without an answer", options: stepshop.Options{Settle: s, Fail: hangs}, times: purchase.PollTimes{For: 5 * s},
			polls: []time.Duration{200 * ms, 1600 * ms, 3400 * ms, 5 * s}, outcome: purchase.Unknown, reason: "pending", message: "not ended after 5s and 4 polls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shop := stepshop.New(tt.options)
				begun := time.Now()
				r := clientOf(t, shop, stepshop.Adapter{Times: tt.times}, patient).Purchase(t.Context(), order)
				if got := pollsAt(shop, begun); !slices.Equal(got, tt.polls) || len(r.Others) != 1+len(tt.polls) {
					t.Errorf("polls at %v, and %d requests beside the attempts; want %v and the login", got, len(r.Others), tt.polls)
				}
				if r.Outcome != tt.outcome || r.Reason != tt.reason || !strings.Contains(r.Message(), tt.message) {
					t.Errorf("%s, %q, %q; want %s, %q, %q", r.Outcome, r.Reason, r.Message(), tt.outcome, tt.reason, tt.message)
				}
				end := tt.polls[len(tt.polls)-1]
				if tt.reason == "pending" {
					end = time.Since(begun)
				}
				if r.AcceptedAt != begun || r.Uncertainty != tt.uncertainty || r.LastEnd().Sub(begun) != end || len(r.Operation.Attempts) != 3 {
					t.Errorf("accepted after %v, ended after %v ± %v in %d attempts; want 0, %v, %v, 3", r.AcceptedAt.Sub(begun), r.LastEnd().Sub(begun), r.Uncertainty, len(r.Operation.Attempts), end, tt.uncertainty)
				}
				for i, o := range r.Others[1:] {
					if o.Kind != purchase.PollRequest || o.Attempt.Number != 3 || o.Attempt.Key != "k" || o.Answer.Step != "pay" {
						t.Errorf("poll %d is %+v", i+1, o)
					}
				}
				checkResult(t, shop, r)
			})
		})
	}
}

// TestPollInterrupted: an interrupt ends the wait for a poll, and a poll, at once.
func TestPollInterrupted(t *testing.T) {
	stop := errors.New("the cell was interrupted")
	for name, fail := range map[string]func(*http.Request) stepshop.Failure{
		"wait": nil,
		"poll": func(r *http.Request) stepshop.Failure {
			if strings.HasPrefix(r.URL.Path, "/orders/") {
				<-r.Context().Done()
			}
			return stepshop.Failure{}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			begun := time.Now()
			time.AfterFunc(300*time.Millisecond, func() { cancel(stop) })
			r := clientOf(t, stepshop.New(stepshop.Options{Settle: time.Hour, Fail: fail}), stepshop.Adapter{}, patient).Purchase(ctx, order)
			if took := time.Since(begun); took != 300*time.Millisecond || r.Outcome != purchase.Unknown || r.Reason != "pending" || !errors.Is(r.Operation.Err, stop) {
				t.Errorf("%s: %s, %q after %v: %v; want unknown, pending, after 300ms", name, r.Outcome, r.Reason, took, r.Operation.Err)
			}
			if r.Message() != "stopped after HTTP 202: the cell was interrupted" {
				t.Errorf("%s: the message is %q", name, r.Message())
			}
		})
	}
}

// outOfOrder is what polls answer, one after the other.
type outOfOrder struct {
	stepshop.Adapter
	answers []purchase.Meaning
}

func (o outOfOrder) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer {
	return purchase.Answer{Meaning: o.answers[min(c.Attempt, len(o.answers))-1]}
}

// TestPollsOutOfOrder: the first answer that settles the purchase does, whatever was said before.
func TestPollsOutOfOrder(t *testing.T) {
	const p, u, i = purchase.MeansPending, purchase.MeansUnclear, purchase.MeansInProgress
	for _, tt := range []struct {
		answers []purchase.Meaning
		polls   int
		outcome purchase.Outcome
		reason  string
	}{
		{[]purchase.Meaning{i, p, u, p, purchase.MeansConfirmed}, 5, purchase.OK, ""},
		{[]purchase.Meaning{purchase.MeansTurnedAway, purchase.MeansKeyReused, purchase.MeansNotSent, purchase.MeansDeclined, purchase.MeansConfirmed}, 4, purchase.Failed, "declined"},
		{[]purchase.Meaning{purchase.MeansStepDone}, 1, purchase.OK, ""}, // of the last step
		{[]purchase.Meaning{p, purchase.Meaning(200), purchase.MeansInvalid}, 3, purchase.Failed, "invalid"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := clientOf(t, stepshop.New(stepshop.Options{Settle: time.Hour}), outOfOrder{answers: tt.answers}, patient).Purchase(t.Context(), order)
			if r.Outcome != tt.outcome || r.Reason != tt.reason || len(r.Others) != 1+tt.polls {
				t.Errorf("%v: %s, %q after %d polls; want %s, %q, %d", tt.answers, r.Outcome, r.Reason, len(r.Others)-1, tt.outcome, tt.reason, tt.polls)
			}
		})
	}
}

// pendingItems is an adapter by which an item is accepted, and done when polled.
type pendingItems struct{ stepshop.Adapter }

func (p pendingItems) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	if c.Step == "item" {
		return purchase.Answer{Meaning: purchase.MeansPending, Reason: "pending"}
	}
	return p.Adapter.Read(c, a)
}

func (p pendingItems) Poll(c purchase.Call) (retry.Request, error) {
	if c.Step == "item" {
		return retry.Get("/health"), nil
	}
	return p.Adapter.Poll(c)
}

func (p pendingItems) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer {
	if c.Step == "item" {
		return purchase.Answer{Meaning: purchase.MeansConfirmed}
	}
	return p.Adapter.ReadPoll(c, a)
}

// TestStepThatIsPolled: a step in the middle may end later, too. What is uncertain of it is not
// of the purchase.
func TestStepThatIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		r := clientOf(t, stepshop.New(stepshop.Options{}), pendingItems{}, patient).Purchase(t.Context(), order)
		if r.Outcome != purchase.OK || r.Steps != 3 || r.Uncertainty != 0 || r.AcceptedAt != begun || r.LastEnd().Sub(begun) != 200*time.Millisecond {
			t.Errorf("%s in %d steps, accepted after %v, ended after %v ± %v", r.Outcome, r.Steps, r.AcceptedAt.Sub(begun), r.LastEnd().Sub(begun), r.Uncertainty)
		}
		if o := r.Others[1]; o.Answer.Step != "item" || o.Answer.Meaning != purchase.MeansStepDone || o.Attempt.Number != 2 || o.Attempt.Key != "k.item" {
			t.Errorf("the poll is %+v", o)
		}
	})
}

// TestPollLogin: a poll that is refused with 401 is sent again after a login, and a login that is
// refused at once is the last one.
func TestPollLogin(t *testing.T) {
	count := func(r purchase.Result) (logins int) {
		for _, o := range r.Others {
			if o.Kind == purchase.LoginRequest {
				logins++
			}
		}
		return logins
	}
	synctest.Test(t, func(t *testing.T) {
		s := stepshop.New(stepshop.Options{Settle: 4 * time.Second, TokenUses: 4})
		r := clientOf(t, s, stepshop.Adapter{}, patient).Purchase(t.Context(), order)
		// three steps and a poll, a 401, and the rest
		if r.Outcome != purchase.OK || count(r) != 2 || r.Uncertainty != 2*time.Second {
			t.Errorf("%s with %d logins ± %v: %v", r.Outcome, count(r), r.Uncertainty, asked(s))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		always := func(r *http.Request) stepshop.Failure {
			if strings.HasPrefix(r.URL.Path, "/orders/") {
				return stepshop.Failure{Status: 401}
			}
			return stepshop.Failure{}
		}
		r := clientOf(t, stepshop.New(stepshop.Options{Settle: time.Second, Fail: always}), stepshop.Adapter{}, patient).Purchase(t.Context(), order)
		if r.Outcome != purchase.Unknown || count(r) != 2 {
			t.Errorf("%s with %d logins, want unknown with 2", r.Outcome, count(r))
		}
	})
}

// TestPollPace: polls of 1000 purchases are at most 1500 in any second.
func TestPollPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stepshop.New(stepshop.Options{Settle: 3 * time.Second, Stock: 10_000})
		c := clientOf(t, s, stepshop.Adapter{Times: purchase.PollTimes{First: 50 * time.Millisecond, Most: 100 * time.Millisecond}}, patient)
		begun := time.Now()
		done := make(chan purchase.Result)
		for range 1000 {
			go func() {
				r := order
				r.IdempotencyKey = ""
				done <- c.Purchase(t.Context(), r)
			}()
		}
		for range 1000 {
			if r := <-done; r.Outcome != purchase.OK {
				t.Fatalf("%s: %s", r.Outcome, r.Message())
			}
		}
		at := pollsAt(s, begun)
		slices.Sort(at)
		most := 0
		for i, from := range at {
			n, _ := slices.BinarySearch(at[i:], from+time.Second)
			most = max(most, n)
		}
		if len(at) < 4000 || most > purchase.MaxPollRate {
			t.Errorf("%d polls, up to %d in a second, want at most %d", len(at), most, purchase.MaxPollRate)
		}
	})
}

// oneRequest buys with a payment alone, and cannot be asked what became of it.
type oneRequest struct{}

func (oneRequest) Request(c purchase.Call) (retry.Request, error) {
	return retry.Request{Path: "/orders"}.WithKey(c.Key), nil
}

func (oneRequest) Read(purchase.Call, retry.Attempt) purchase.Answer {
	return purchase.Answer{Meaning: purchase.MeansPending, OrderID: "o"}
}

// TestPendingWithoutPoller: what is accepted by an adapter that cannot ask stays unknown, and is
// not asked again.
func TestPendingWithoutPoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		r := clientOf(t, stepshop.New(stepshop.Options{}), oneRequest{}, patient).Purchase(t.Context(), order)
		if r.Outcome != purchase.Unknown || r.Reason != "pending" || r.AcceptedAt != begun || r.Steps != 1 || len(r.Operation.Attempts) != 1 || len(r.Others) != 0 || r.OrderID != "o" {
			t.Errorf("%+v, want one attempt that was accepted", r)
		}
	})
}
