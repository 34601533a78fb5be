package nb

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/frame"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// cartShop is a service with a cart and an order that is accepted first, and what it has seen.
type cartShop struct {
	mu                   sync.Mutex
	carts, orders, polls int
	seen                 map[string]int // requests by their keys, and polls by their orders
}

// count counts a request and returns how many there were, and how many of them under its key.
func (s *cartShop) count(n *int, key string) (all, ofKey int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n++
	s.seen[key]++
	return *n, s.seen[key]
}

// ServeHTTP turns the first attempt at each third cart into a 503, refuses each fifth order, and has an
// order confirmed at the second poll.
func (s *cartShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	switch path := r.URL.Path; {
	case path == "/carts":
		if all, ofKey := s.count(&s.carts, key); all%3 == 0 && ofKey == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "cart")
	case path == "/orders":
		if all, _ := s.count(&s.orders, key); all%5 == 0 {
			w.WriteHeader(http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	case strings.HasPrefix(path, "/orders/"):
		if _, ofOrder := s.count(&s.polls, path); ofOrder < 2 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		io.WriteString(w, "confirmed")
	}
}

// cartAdapter is the adapter of a cartShop.
type cartAdapter struct{}

func (cartAdapter) Steps() []string { return []string{"cart", "order"} }

func (cartAdapter) PollTimes() purchase.PollTimes {
	return purchase.PollTimes{First: 5 * time.Millisecond, Most: 20 * time.Millisecond, For: 10 * time.Second}
}

func (cartAdapter) Request(c purchase.Call) (retry.Request, error) {
	r, err := retry.PostJSON("/"+c.Step+"s", c.Purchase)
	return r.WithKey(c.Key), err
}

func (cartAdapter) Poll(c purchase.Call) (retry.Request, error) {
	return retry.Request{Method: http.MethodGet, Path: "/orders/" + c.Key}, nil
}

func (a cartAdapter) ReadPoll(c purchase.Call, at retry.Attempt) purchase.Answer {
	return a.Read(c, at)
}

func (cartAdapter) Read(_ purchase.Call, a retry.Attempt) purchase.Answer {
	switch a.Status {
	case http.StatusOK:
		return purchase.Answer{Meaning: purchase.MeansConfirmed}
	case http.StatusAccepted:
		return purchase.Answer{Meaning: purchase.MeansPending}
	case http.StatusConflict:
		return purchase.Answer{Meaning: purchase.MeansNoStock, Reason: "sold_out"}
	}
	return purchase.Answer{}
}

// TestStepsFromTheServiceToTheTables: what a service of steps has seen is what the tables say.
func TestStepsFromTheServiceToTheTables(t *testing.T) {
	shop := &cartShop{seen: map[string]int{}}
	l, text, _ := cells(t, confirm)
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	l.API, l.Adapter, l.Policy = server.URL, cartAdapter{}, retry.Policy{MaxAttempts: 3, AttemptTimeout: 5 * time.Second, Backoff: retry.Fixed(time.Millisecond)}
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	text.Reset()
	const n = 60
	if err := l.load(load.Stage{Name: "shop", Requests: n, VUs: 6}, order, nil); err != nil {
		t.Fatal(err)
	}
	refused := shop.orders / 5
	found, err := must(l.current()).Overviews("shop")
	if err != nil {
		t.Fatal(err)
	}
	sum := found[0].Summary
	if retries := shop.carts - n; sum.Retries != retries || retries == 0 || sum.Attempts != shop.carts+shop.orders || sum.Polls != shop.polls || sum.Amplification != float64(sum.Attempts)/(2*n) {
		t.Errorf("%+v; the service has seen %d carts, %d orders and %d polls", sum, shop.carts, shop.orders, shop.polls)
	}
	inOrder(t, "the cell", text.String(), fmt.Sprintf("success=%d failure=%d\n", n-refused, refused), "  accepted p50 ", fmt.Sprintf(" ms, %d polls\n", shop.polls),
		fmt.Sprintf("  step cart: %d begun, %d done, 0 refused, 0 unknown, %d retries, p50 ", n, n, shop.carts-n),
		fmt.Sprintf("  step order: %d begun, %d done, %d refused, 0 unknown, 0 retries, %d polls, p50 ", n, n-refused, refused, shop.polls),
		fmt.Sprintf("  %d ended after step cart\n", refused))
	s := l.Recorded("shop")
	df := Must(frame.BySteps([]runs.Stage{s.Stage}))
	if got := strings.Join(df.Records()[3][:9], " "); got != fmt.Sprintf("shop end to end %d %d %d 0 %d %d %d", n, n-refused, refused, sum.Attempts, sum.Retries, sum.Polls) {
		t.Errorf("the row of whole purchases is %s", got)
	}
	for o := range s.EachOperation() {
		if o.Success && !(o.AcceptedMS > 0 && o.AcceptedMS < o.LatencyMS && o.UncertaintyMS > 0 && o.UncertaintyMS < o.LatencyMS && o.Polls == 2) {
			t.Errorf("a purchase that a poll settled: %+v", *o)
		}
	}
}
