package retry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// traceparents is a server that keeps the traceparent headers that it got, and answers the first
// of each operation with 503.
func traceparents(t *testing.T) (address string, got func() []string) {
	var mu sync.Mutex
	var list []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, fmt.Sprint(r.Method, r.Header["Traceparent"]))
		if len(list)%2 == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
}

type operationName struct{}

// TestTraceparent: it is asked for with the operation's context before each attempt, by each
// transport, and stands in the place of others; "" leaves them.
func TestTraceparent(t *testing.T) {
	for _, standard := range []bool{false, true} {
		address, got := traceparents(t)
		n := 0
		c, err := New(Config{
			Policy: Policy{MaxAttempts: 2, Backoff: Fixed(time.Millisecond), AttemptTimeout: 5 * time.Second}, Standard: standard,
			Header: http.Header{"Traceparent": {"of all"}},
			Traceparent: func(ctx context.Context) string {
				n++
				name, _ := ctx.Value(operationName{}).(string)
				if name == "" {
					return ""
				}
				return fmt.Sprintf("%s-%d", name, n)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Post(context.WithValue(t.Context(), operationName{}, "a"), address, "k", jsonWithKey)
		c.Get(context.WithValue(t.Context(), operationName{}, "b"), address)
		c.Get(t.Context(), address)
		own := Get("").With("traceparent", "own")
		c.Send(context.WithValue(t.Context(), operationName{}, "c"), address, own)
		c.Send(t.Context(), address, own)
		once, err := c.Once() // as for polls
		if err != nil {
			t.Fatal(err)
		}
		once.Get(context.WithValue(t.Context(), operationName{}, "d"), address)
		c.Close()
		want := []string{"POST[a-1]", "POST[a-2]", "GET[b-3]", "GET[b-4]", "GET[of all]", "GET[of all]", "GET[c-7]", "GET[c-8]", "GET[own]", "GET[own]", "GET[d-11]"}
		if list := got(); !slices.Equal(list, want) {
			t.Errorf("Standard %v: got\n%q, want\n%q", standard, list, want)
		}
	}
}

// TestNoTraceparent: without one no attempt has the header.
func TestNoTraceparent(t *testing.T) {
	address, got := traceparents(t)
	c, err := New(Config{Policy: Policy{MaxAttempts: 2, AttemptTimeout: 5 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Get(t.Context(), address)
	if list := got(); !slices.Equal(list, []string{"GET[]", "GET[]"}) {
		t.Errorf("got %q", list)
	}
}
