package purchase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sagalab/pkg/retry"
)

var one = Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}

// at is a client of a handler, without retries.
func at(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	e, err := ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 5 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return NewClient(e, c)
}

func TestPurchaseResults(t *testing.T) {
	problem := func(code Code) string { b, _ := json.Marshal(NewProblem(code, "so it is")); return string(b) }
	for _, tt := range []struct {
		name         string
		status       int // 0: the connection is dropped
		contentType  string
		body         string
		outcome      Outcome
		reason, says string
		order        string
	}{
		{"confirmed", 201, "application/json", `{"order_id":"o1","status":"CONFIRMED"}`, OK, "", `"order_id":"o1"`, "o1"},
		{"replayed", 200, "application/json", `{"order_id":"o1"}`, OK, "", "o1", "o1"},
		{"a service of its own kind", 200, "application/json", `{"message":"bought"}`, OK, "", "bought", ""},
		{"members of other types", 201, "application/json", `{"order_id":7}`, OK, "", "7", ""},
		{"insufficient balance", 402, ProblemType, problem(InsufficientBalance), Failed, "insufficient_balance", "HTTP 402", ""},
		{"out of stock", 409, ProblemType, problem(OutOfStock), Failed, "out_of_stock", "so it is", ""},
		{"in progress", 409, ProblemType, problem(InProgress), Unknown, "in_progress", "HTTP 409", ""},
		{"a refusal without a code", 418, "text/plain", "no", Failed, "http_418", "HTTP 418: no", ""},
		{"server error", 500, "text/plain", "oops", Unknown, "http_500", "gave up after 1 attempt (", ""},
		{"redirect", 302, "text/html", "", Unknown, "http_302", "HTTP 302", ""},
		{"HTML", 200, "text/html", "<html>login</html>", Unknown, "not_json", "text/html instead of JSON", ""},
		{"nothing", 200, "", "", Unknown, "not_json", "empty body", ""},
		{"an array", 200, "application/json", "[]", Unknown, "not_json", "instead of JSON", ""},
		{"half JSON", 201, "application/json", `{"order_id":`, Unknown, "not_json", "instead of JSON", ""},
		{"10 MB", 200, "text/html", strings.Repeat("x", 10<<20), Unknown, "too_large", "too large", ""},
		{"dropped", 0, "", "", Unknown, "eof", "remote end closed connection without response", ""},
	} {
		c := at(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if tt.status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", tt.contentType)
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		r := c.Purchase(t.Context(), one)
		if r.Outcome != tt.outcome || r.Reason != tt.reason || r.OrderID != tt.order || r.Status != tt.status || r.Success() != (tt.outcome == OK) {
			t.Errorf("%s: outcome %q reason %q order %q status %d; want %q %q %q %d", tt.name, r.Outcome, r.Reason, r.OrderID, r.Status, tt.outcome, tt.reason, tt.order, tt.status)
		}
		if m := r.Message(); !strings.Contains(m, tt.says) || len(m) > MaxMessage {
			t.Errorf("%s: message %q (%d bytes), want %q in at most %d", tt.name, m, len(m), tt.says, MaxMessage)
		}
	}
}

func TestPurchaseSendsTheContract(t *testing.T) {
	var got Request
	var key, contentType string
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		key, contentType = r.Header.Get("Idempotency-Key"), r.Header.Get("Content-Type")
		if r.Method != "POST" || r.URL.Path != "/purchase" || json.NewDecoder(r.Body).Decode(&got) != nil {
			t.Errorf("%s %s is not the contract's request", r.Method, r.URL)
		}
		io.WriteString(w, "{}")
	})
	r := c.Purchase(t.Context(), one)
	want := one
	want.IdempotencyKey = r.Operation.Key
	if got != want || key != r.Operation.Key || key == "" || contentType != "application/json" {
		t.Errorf("sent %+v under header key %q as %q, want %+v as application/json", got, key, contentType, want)
	}
}

func TestBadRequestsAreNotSent(t *testing.T) {
	c := at(t, func(w http.ResponseWriter, r *http.Request) { t.Error("a bad request was sent") })
	for _, r := range []Request{{}, {UserID: -1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}, {UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, IdempotencyKey: strings.Repeat("k", 256)}} {
		got := c.Purchase(t.Context(), r)
		if got.Outcome != Failed || got.Reason != "not_sent" || !strings.Contains(got.Message(), "not sent") {
			t.Errorf("Purchase(%+v) = %q %q %q, want it refused before it is sent", r, got.Outcome, got.Reason, got.Message())
		}
	}
}

func TestMessageIsValidAndBounded(t *testing.T) {
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, strings.Repeat("在庫", 1000)+"\xff")
	})
	m := c.Purchase(t.Context(), one).Message()
	if len(m) > MaxMessage || !utf8.ValidString(m) || !strings.HasSuffix(m, "…") {
		t.Errorf("message of %d bytes, valid %v: %q", len(m), utf8.ValidString(m), m)
	}
}

func TestReachable(t *testing.T) {
	how := Connectivity{Attempts: 3, Timeout: time.Second}
	for _, tt := range []struct {
		statuses []int
		want     string // the error's text, "" for none
		failures int
	}{
		{[]int{200}, "", 0},
		{[]int{302}, "", 0}, // below 400, as in the original
		{[]int{503, 404, 200}, "", 2},
		{[]int{503, 503, 404}, "HTTP 404", 3},
	} {
		n, reported := 0, []string{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/health" {
				t.Errorf("asked %s, want /health", r.URL.Path)
			}
			w.WriteHeader(tt.statuses[n])
			n++
		}))
		e, err := ParseEndpoint(server.URL + "/purchase")
		if err != nil {
			t.Fatal(err)
		}
		err = reading(t, e).Reachable(t.Context(), how, func(attempt int, err error) { reported = append(reported, fmt.Sprint(attempt, err)) })
		server.Close()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || len(reported) != tt.failures {
			t.Errorf("statuses %v: %v, reported %v; want %q and %d failures reported", tt.statuses, err, reported, tt.want, tt.failures)
		}
		if err = reading(t, e).Reachable(t.Context(), how, nil); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("a closed port: %v, want it to say that the connection was refused", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, _ := ParseEndpoint("http://127.0.0.1:1")
	if err := reading(t, e).Reachable(ctx, how, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Reachable with an ended context = %v, want its cause", err)
	}
}

// TestWrongPath: a path before /health may be wrong where something answers it with 404.
func TestWrongPath(t *testing.T) {
	how := Connectivity{Attempts: 1, Timeout: time.Second}
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"", 404, ""}, {"/purchase", 404, ""}, {"/shop", 503, ""}, {"/shop", 404, "/shop"}, {"/shop%2Fa/v1/purchase", 404, "/shop%2Fa/v1"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(tt.status) }))
		e, err := ParseEndpoint(server.URL + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		var down *UnreachableError
		if err := reading(t, e).Reachable(t.Context(), how, nil); !errors.As(err, &down) || down.Status != tt.status || down.WrongPath() != tt.want {
			t.Errorf("HTTP %d below the path %q: %+v; want the status, and the path %q", tt.status, tt.path, err, tt.want)
		}
		server.Close()
	}
	e, _ := ParseEndpoint("http://127.0.0.1:1/shop")
	var down *UnreachableError
	if err := reading(t, e).Reachable(t.Context(), how, nil); !errors.As(err, &down) || down.WrongPath() != "" {
		t.Errorf("a closed port: %v; want that no path is named", err)
	}
}

// TestAnswered: what answers with 4xx need not be started.
func TestAnswered(t *testing.T) {
	for status, want := range map[int]bool{0: false, 399: false, 400: true, 404: true, 499: true, 500: false, 503: false} {
		if got := (&UnreachableError{Status: status}).Answered(); got != want {
			t.Errorf("HTTP %d: answered is %v, want %v", status, got, want)
		}
	}
}

func TestReadsAndFixture(t *testing.T) {
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.String() {
		case "GET /orders/a%2Fb":
			io.WriteString(w, `{"order_id":"a/b","status":"CONFIRMED","later":1}`)
		case "GET /orders?after=c+1&limit=10":
			io.WriteString(w, `{"orders":[{"order_id":"x"}],"next":"n"}`)
		case "GET /products/1":
			io.WriteString(w, `{"product_id":1,"price":1000,"stock":12}`)
		case "GET /users/2":
			io.WriteString(w, `not JSON`)
		case "PUT /lab/scenario":
			if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"stock":12`) {
				w.WriteHeader(400)
			} else {
				w.WriteHeader(204)
			}
		default:
			w.WriteHeader(404)
			json.NewEncoder(w).Encode(NewProblem(NotFound, "nothing at "+r.URL.String()))
		}
	})
	ctx := t.Context()
	if o, err := c.Order(ctx, "a/b"); err != nil || o.OrderID != "a/b" || o.Status != Confirmed {
		t.Errorf("Order = %+v, %v", o, err)
	}
	if o, err := c.Orders(ctx, "c 1", 10); err != nil || len(o.Orders) != 1 || o.Next != "n" {
		t.Errorf("Orders = %+v, %v", o, err)
	}
	if p, err := c.Product(ctx, 1); err != nil || p.Stock != 12 || p.Price != 1000 {
		t.Errorf("Product = %+v, %v", p, err)
	}
	if _, err := c.User(ctx, 2); err == nil || !strings.Contains(err.Error(), "not what the contract says") {
		t.Errorf("User of an answer that is no JSON: %v", err)
	}
	var problem Problem
	if _, err := c.Ledger(ctx, "", 5); !errors.As(err, &problem) || problem.Code != NotFound || problem.Status != 404 {
		t.Errorf("Ledger = %v, want the problem the service stated", err)
	}
	if err := c.SetFixture(ctx, Cases()); err != nil {
		t.Errorf("SetFixture = %v", err)
	}
	if err := c.SetFixture(ctx, Fixture{}); err == nil || !strings.Contains(err.Error(), "HTTP 400") {
		t.Errorf("SetFixture that is refused = %v, want the status", err)
	}
	for _, status := range []int{404, 405, 501} {
		closed := at(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) })
		if err := closed.SetFixture(ctx, Cases()); !errors.Is(err, ErrNoFixture) {
			t.Errorf("SetFixture at a service that answers %d = %v, want ErrNoFixture", status, err)
		}
	}
	without := at(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(501) })
	var status StatusError
	if _, err := without.Orders(ctx, "", 5); !errors.As(err, &status) || status != 501 {
		t.Errorf("Orders of a service that answers 501 = %v, want the status", err)
	}
	broken := at(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	if err := broken.SetFixture(ctx, Cases()); err == nil || errors.Is(err, ErrNoFixture) {
		t.Errorf("SetFixture at a service that answers 500 = %v, want another error than ErrNoFixture", err)
	}
}

// reading is a client of one attempt.
func reading(t *testing.T, e Endpoint) *Client {
	t.Helper()
	sender, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return NewClient(e, sender)
}

func TestVersion(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   Version
		fails  bool
	}{
		"said":                 {200, `{"name": "shop", "version": "1.2", "more": 3}`, Version{"shop", "1.2"}, false},
		"not offered":          {404, `{"code": "not_found"}`, Version{}, true},
		"another answer":       {200, `<html>`, Version{}, true},
		"another type":         {200, `{"name": 1}`, Version{}, true},
		"control characters":   {200, `{"name": "a\u001b[31m\nb", "version": "\u0000"}`, Version{"a[31mb", ""}, false},
		"longer than a screen": {200, `{"name": "` + strings.Repeat("é", 200) + `"}`, Version{strings.Repeat("é", 100), ""}, false},
	} {
		got, err := at(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/version" {
				t.Errorf("%s: asked for %s", name, r.URL.Path)
			}
			w.WriteHeader(c.status)
			io.WriteString(w, c.body)
		}).Version(t.Context())
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}
