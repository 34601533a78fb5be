package remote

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// cart is one purchase.
var cart = store.Cart{OrderID: "order 1", UserID: 1, ProductID: 2, Quantity: 3, Key: "key 1", Attempt: 4}

// served returns payments whose calls a handler answers; reads find no fixture.
func served(t *testing.T, timeout time.Duration, calls http.HandlerFunc) *Payments {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /fixture", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id": "fixture 1"}`) })
	mux.HandleFunc("POST /", calls)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	p, err := NewPayments(t.Context(), Target{Calls: srv.URL, Reads: srv.URL + "/", Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestCallIsMarked(t *testing.T) {
	p := served(t, 0, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for header, want := range map[string]string{"Idempotency-Key": "key 1", OrderHeader: "order 1", StepHeader: "charge_payment", AttemptHeader: "4", FixtureHeader: "fixture 1"} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("header %s is %q, want %q", header, got, want)
			}
		}
		const want = `{"order_id":"order 1","user_id":1,"product_id":2,"quantity":3,"key":"key 1","before":{"amount":50,"at":7}}`
		if r.URL.Path != "/charge" || string(body) != want {
			t.Errorf("got %s %s, want /charge %s", r.URL.Path, body, want)
		}
		io.WriteString(w, `{"refused": "insufficient_balance", "at": 9}`)
	})
	e, err := p.Charge(cart, store.Effect{Amount: 50, At: 7})
	if want := (store.Effect{Refused: purchase.InsufficientBalance, At: 9}); err != nil || e != want {
		t.Errorf("Charge = %+v, %v, want %+v", e, err, want)
	}
}

// TestKeysOfAnyCharacters: what no header can have is left out of the headers, and a purchase without a
// key is marked by its order.
func TestKeysOfAnyCharacters(t *testing.T) {
	for key, want := range map[string]string{"": "order 1", "鍵": "鍵", "a\nb": "", "\x00": "", " a": "", "a\x7f": ""} {
		p := served(t, 0, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Idempotency-Key"); got != want {
				t.Errorf("for key %q the header is %q, want %q", key, got, want)
			}
			io.WriteString(w, `{"at": 9}`)
		})
		c := cart
		c.Key = key
		if _, err := p.Refund(c, store.Effect{}); err != nil {
			t.Errorf("Refund with key %q: %v", key, err)
		}
	}
}

func TestFailedCalls(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		status int
		says   string
	}{
		"503": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "later", http.StatusServiceUnavailable) }, http.StatusServiceUnavailable, "payments answered charge with HTTP 503: later"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/refund", http.StatusTemporaryRedirect)
		}, 307, "HTTP 307"},
		"cut off":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "no answer of payments to charge"},
		"timeout":   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "no answer"},
		"no JSON":   {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, 0, `"<html>" is no effect`},
		"no effect": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }, 0, `"{}" is no effect`},
		"half of an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"at": 9}`)
		}, 0, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			p := served(t, 100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				tt.answer(w, r)
			})
			e, err := p.Charge(cart, store.Effect{})
			if status, failed := store.CallStatus(err); !failed || status != tt.status || !strings.Contains(err.Error(), tt.says) || e != (store.Effect{}) {
				t.Errorf("Charge = %+v, %v, want status %d and %q", e, err, tt.status, tt.says)
			}
		})
	}
}

// TestNoHiddenRepetition: a request whose connection ends is not sent again by net/http, although
// it has an idempotency key and its connection was used before.
func TestNoHiddenRepetition(t *testing.T) {
	var requests atomic.Int64
	p := served(t, 0, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if requests.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, `{"at": 9}`)
	})
	if _, err := p.Charge(cart, store.Effect{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Charge(cart, store.Effect{}); err == nil || requests.Load() != 2 {
		t.Errorf("the second Charge = %v after %d requests, want an error after 2", err, requests.Load())
	}
}

func TestUnreachable(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := served(t, 0, func(http.ResponseWriter, *http.Request) {})
	ln.Close()
	p.Calls, p.Reads = "http://127.0.0.1:1", "http://127.0.0.1:1"
	if _, err := p.Charge(cart, store.Effect{}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Charge at a closed port = %v", err)
	}
	if _, _, err := p.User(1); !store.IsUnreachable(err) {
		t.Errorf("User at a closed port = %v, want it to be unreachable", err)
	}
	if _, err := NewStock(t.Context(), Target{Calls: "http://127.0.0.1:1", Reads: "http://127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), "the stock cannot be reached at http://127.0.0.1:1") {
		t.Errorf("NewStock at a closed port = %v", err)
	}
}
