package adapters

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestPendingWithoutAPoll: the purchase is unknown, and sent again only where the retry policy finds
// the status temporary, as the hint says.
func TestPendingWithoutAPoll(t *testing.T) {
	f := parse(t, "purchase: {send: POST /x, means: [{is: pending}]}\n", nil)
	if hints := f.Hints(); len(hints) != 1 || !strings.Contains(hints[0], "is taken for unknown, and sent again only if the retry policy finds it temporary") {
		t.Errorf("hints %q", hints)
	}
	for status, want := range map[int]int64{202: 1, 200: 1, 503: 2} {
		var sent atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			sent.Add(1)
			w.WriteHeader(status)
		}))
		defer s.Close()
		c, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 2, AttemptTimeout: time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		e, err := purchase.ParseEndpoint(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		r := purchase.NewClient(e, c).WithAdapter(f).Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, IdempotencyKey: "k"})
		if sent.Load() != want || r.Outcome != purchase.Unknown {
			t.Errorf("HTTP %d: %d requests, %s; want %d, unknown", status, sent.Load(), r.Outcome, want)
		}
	}
}
