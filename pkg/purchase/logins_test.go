package purchase_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/gjson"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestLoginOnce: purchases of a user that begin at once share a login, and its renewal.
func TestLoginOnce(t *testing.T) {
	for _, tt := range []struct {
		options stepshop.Options
		logins  int // of each user
	}{
		{stepshop.Options{Work: 10 * time.Millisecond}, 1},
		// all 20 carts are made by the first login; then it is over
		{stepshop.Options{Work: 10 * time.Millisecond, TokenLife: 8 * time.Millisecond}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := stepshop.New(tt.options)
			c := clientOf(t, s, cartOnly{}, patient)
			var all sync.WaitGroup
			for i := range 40 {
				all.Go(func() {
					r := order
					r.IdempotencyKey, r.UserID = "", purchase.ID(1+i%2)
					if got := c.Purchase(t.Context(), r); got.Outcome != purchase.OK {
						t.Errorf("%s: %s", got.Outcome, got.Message())
					}
				})
			}
			all.Wait()
			logins := 0
			for _, r := range s.Requests() {
				if r.Path == "/sessions" {
					logins++
				}
			}
			if logins != 2*tt.logins {
				t.Errorf("%d logins of 2 users, want %d each", logins, tt.logins)
			}
		})
	}
}

// cartOnly buys with two carts.
type cartOnly struct{ stepshop.Adapter }

func (cartOnly) Steps() []string { return []string{"cart", "second"} }

func (c cartOnly) Request(call purchase.Call) (retry.Request, error) {
	call.Step = "cart"
	return c.Adapter.Request(call)
}

// TestLoginThatFails: the error says what it was, and there is a row for each attempt at it.
func TestLoginThatFails(t *testing.T) {
	for _, tt := range []struct {
		failure stepshop.Failure
		logins  int
		message string
	}{
		{stepshop.Failure{Status: 500}, 3, "purchase not sent: login of user 1: HTTP 500"},
		{stepshop.Failure{Status: 403}, 1, "purchase not sent: login of user 1: HTTP 403"},
		{stepshop.Failure{Lost: true}, 3, "purchase not sent: login of user 1: gave up after 3 attempts (MaxAttempts reached): remote end closed connection without response"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := stepshop.New(stepshop.Options{Fail: failing("/sessions", tt.failure, 1, 2, 3)})
			r := clientOf(t, s, stepshop.Adapter{}, patient).Purchase(t.Context(), order)
			if r.Outcome != purchase.Failed || r.Reason != "not_sent" || r.Steps != 0 || len(r.Others) != tt.logins || r.Message() != tt.message {
				t.Errorf("%s, %q, %d logins, %q; want failed, not_sent, %d, %q", r.Outcome, r.Reason, len(r.Others), r.Message(), tt.logins, tt.message)
			}
			if last := r.Others[len(r.Others)-1]; last.Answer.Reason != "login_failed" || last.Kind != purchase.LoginRequest {
				t.Errorf("the last login is %+v", last)
			}
			if again := clientOf(t, s, stepshop.Adapter{}, patient).Purchase(t.Context(), order); again.Outcome != purchase.OK && tt.logins == 3 {
				t.Errorf("the next purchase is %s: %s", again.Outcome, again.Message())
			}
		})
	}
}

// TestFailedLoginIsShared: purchases of one user that wait for a login that fails do not each try
// it again one after the other.
func TestFailedLoginIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fail := func(r *http.Request) stepshop.Failure {
			time.Sleep(100 * time.Millisecond)
			return stepshop.Failure{Status: 500}
		}
		s := stepshop.New(stepshop.Options{Fail: fail})
		c := clientOf(t, s, stepshop.Adapter{}, patient)
		begun := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				time.Sleep(time.Millisecond) // all ask within the first login
				if r := c.Purchase(t.Context(), order); r.Message() != "purchase not sent: login of user 1: HTTP 500" {
					t.Errorf("%s: %s", r.Outcome, r.Message())
				}
			})
		}
		c.Purchase(t.Context(), order)
		all.Wait()
		if n, took := len(s.Requests()), time.Since(begun); n != 6 || took != 640*time.Millisecond {
			t.Errorf("%d requests in %v, want two logins of 3 attempts: 6 in 640ms", n, took)
		}
		c.Purchase(t.Context(), order)
		if n := len(s.Requests()); n != 9 {
			t.Errorf("%d requests with the next purchase, want 9", n)
		}
	})
}

// TestLoginThatFailsAfter401: it is why the purchase ends, and it says so.
func TestLoginThatFailsAfter401(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stepshop.New(stepshop.Options{TokenUses: 2, Fail: failing("/sessions", stepshop.Failure{Status: 403}, 2)})
		r := clientOf(t, s, stepshop.Adapter{}, patient).Purchase(t.Context(), order)
		const want = "stopped after HTTP 401: login of user 1: HTTP 403"
		if r.Outcome != purchase.Failed || r.Reason != "unauthorized" || r.Steps != 3 || r.Message() != want {
			t.Errorf("%s, %q, %d steps, %q; want failed, unauthorized, 3, %q", r.Outcome, r.Reason, r.Steps, r.Message(), want)
		}
	})
}

// echoing is a service that echoes what it was sent as a token, and that gives a token of its own
// with each cart.
type echoing struct {
	mu     sync.Mutex
	tokens map[string][]string // that it gave, by user
	given  int
	polls  map[string]int
}

func (e *echoing) give(kind string, user string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	token := fmt.Sprintf("%s<%s>/%d+~Q", kind, user, e.given*7919)
	e.given++
	e.tokens[user] = append(e.tokens[user], token)
	return token
}

func (e *echoing) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	sent, user := r.Header.Get("X-Auth-Token")+r.Header.Get("X-Cart-Token"), r.Header.Get("X-User")
	status, header, body := http.StatusCreated, http.Header{"Content-Type": {"text/" + sent}, "X-Order": {"order-of-" + sent}}, forms(sent)
	switch r.URL.Path {
	case "/sessions":
		header.Set("X-Auth-Token", e.give("login", user))
		body = "your token is " + header.Get("X-Auth-Token")
	case "/cart":
		token := e.give("cart", user)
		header.Set("X-Cart-Token", token)
		header.Set("X-Order", token)
		body += token
	case "/pay":
		status = http.StatusAccepted
		if strings.HasSuffix(user, "3") {
			return nil, errors.New("a proxy says: " + forms(sent))
		}
	case "/poll":
		e.mu.Lock()
		e.polls[user]++
		status = [2][2]int{{202, 200}, {500, 409}}[len(user)%2][min(2, e.polls[user])-1]
		e.mu.Unlock()
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(`{"echo":"` + body + `"}`)), Request: r}, nil
}

// forms has a text as it is, and in the encodings in which answers may have it.
func forms(text string) string {
	return strings.Join([]string{text, url.QueryEscape(text), url.PathEscape(text), base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)), fmt.Sprintf("%x", text)}, " ")
}

// echoed reads all that it can from answers that echo.
type echoed struct{}

func (echoed) Steps() []string               { return []string{"cart", "pay"} }
func (echoed) PollTimes() purchase.PollTimes { return purchase.PollTimes{First: time.Millisecond} }

func (echoed) with(path string, c purchase.Call) retry.Request {
	return retry.Request{Path: path}.With("X-User", c.Purchase.UserID.String()).With("X-Auth-Token", c.Kept["token"]).With("X-Cart-Token", c.Kept["cart_token"])
}

func (e echoed) Request(c purchase.Call) (retry.Request, error) { return e.with("/"+c.Step, c), nil }
func (e echoed) Poll(c purchase.Call) (retry.Request, error)    { return e.with("/poll", c), nil }

func (e echoed) Read(_ purchase.Call, a retry.Attempt) purchase.Answer {
	echo := gjson.GetBytes(a.Body, "echo").String() + a.Header.Get("X-Order")
	answer := purchase.Answer{Reason: echo, Code: purchase.Code(a.Header.Get("X-Order")), OrderID: a.Header.Get("X-Order"), Differs: a.Header.Get("Content-Type")}
	switch a.Status {
	case 200, 201:
		answer.Meaning = purchase.MeansConfirmed
	case 202:
		answer.Meaning = purchase.MeansPending
	case 409:
		answer.Meaning = purchase.MeansDeclined
	}
	return answer
}

func (e echoed) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer { return e.Read(c, a) }

func (echoed) Keep(c purchase.Call, a retry.Attempt) (map[string]string, error) {
	if c.Step != "cart" {
		return nil, nil
	}
	return map[string]string{"cart_token": a.Header.Get("X-Cart-Token")}, nil
}

func (e echoed) Login(user purchase.ID) (retry.Request, error) {
	return e.with("/sessions", purchase.Call{Purchase: purchase.Request{UserID: user}}), nil
}

func (echoed) ReadLogin(_ purchase.ID, a retry.Attempt) (map[string]string, error) {
	return map[string]string{"token": a.Header.Get("X-Auth-Token")}, nil
}

// TestTokensOfManyUsers: no token of a login or of an answer is in a result, nor a half of one,
// whatever answers echo and adapters read from them.
func TestTokensOfManyUsers(t *testing.T) {
	e := &echoing{polls: map[string]int{}, tokens: map[string][]string{}}
	c := clientOf(t, e, echoed{}, retry.Policy{MaxAttempts: 2, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute})
	var mu sync.Mutex
	outcomes, texts := map[purchase.Outcome]int{}, map[string]string{}
	note := func(r purchase.Result) {
		mu.Lock()
		defer mu.Unlock()
		outcomes[r.Outcome]++
		texts[r.Request.UserID.String()] = strings.ToLower(textOf(r))
	}
	var all sync.WaitGroup
	users := make(chan int)
	for range 8 {
		all.Go(func() {
			for user := range users {
				r := order
				r.UserID, r.IdempotencyKey = purchase.ID(user), ""
				note(c.Purchase(t.Context(), r))
			}
		})
	}
	for user := 1; user <= 1000; user++ {
		users <- user
	}
	close(users)
	all.Wait()
	if len(outcomes) != 3 || e.given != 2000 {
		t.Fatalf("outcomes %v, %d tokens, want all three and 2000", outcomes, e.given)
	}
	for user, text := range texts {
		if !strings.Contains(text, "[secret]") || strings.Contains(text, "login<") || strings.Contains(text, "cart<") {
			t.Fatalf("of user %s is recorded\n%s", user, text)
		}
		for _, token := range e.tokens[user] {
			for _, form := range strings.Fields(strings.ToLower(forms(token))) {
				for _, part := range []string{form[:len(form)*2/3], form[len(form)/3:]} {
					if strings.Contains(text, part) {
						t.Fatalf("%q of the token %q is recorded:\n%s", part, token, text)
					}
				}
			}
		}
	}
}

// textOf is all of a result but for the headers of answers, which are as they came.
func textOf(r purchase.Result) string {
	var b strings.Builder
	attempts := r.Operation.Attempts
	for _, o := range r.Others {
		if o.Kind == purchase.PollRequest {
			fmt.Fprintf(&b, "%+v\n", o.Answer)
		}
		attempts = append(attempts, o.Attempt)
	}
	for _, a := range attempts {
		fmt.Fprintf(&b, "%s %s %q %q %v\n", a.Key, a, a.Body, a.Type, a.Err)
	}
	fmt.Fprintf(&b, "%s %s %s %v %+v %+v\n", r.Message(), r.Reason, r.OrderID, r.Operation.Err, r.Answer, r.Answers)
	return b.String()
}

// leaking is an adapter whose errors have the token.
type leaking struct {
	echoed
	method string
}

func (l leaking) Request(c purchase.Call) (retry.Request, error) {
	if l.method == "Request" && c.Step == "pay" {
		return retry.Request{}, errors.New("cannot use " + forms(c.Kept["token"]+" and "+c.Kept["cart_token"]))
	}
	return l.echoed.Request(c)
}

func (l leaking) Poll(c purchase.Call) (retry.Request, error) {
	if l.method == "Poll" {
		panic("cannot use " + c.Kept["cart_token"])
	}
	return l.echoed.Poll(c)
}

func (l leaking) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	if l.method == "Read" && c.Step == "pay" {
		panic("cannot use " + c.Kept["token"])
	}
	return l.echoed.Read(c, a)
}

// TestTokensInErrors: errors and panics of an adapter are recorded without tokens.
func TestTokensInErrors(t *testing.T) {
	for _, method := range []string{"Request", "Poll", "Read"} {
		synctest.Test(t, func(t *testing.T) {
			e := &echoing{polls: map[string]int{}, tokens: map[string][]string{}}
			r := clientOf(t, e, leaking{method: method}, patient).Purchase(t.Context(), order)
			text := textOf(r)
			for _, token := range e.tokens["1"] {
				if strings.Contains(text, token[:len(token)/2+2]) {
					t.Errorf("%s: the token %q is in %s", method, token, text)
				}
			}
			if !strings.Contains(text, "cannot use") {
				t.Errorf("%s: the error is not recorded: %s", method, text)
			}
		})
	}
}
