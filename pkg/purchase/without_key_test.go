package purchase

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/retry"
)

// TestPurchaseWithoutKey sends none in any of its attempts, neither in the header nor in the
// body, also under a policy of new keys.
func TestPurchaseWithoutKey(t *testing.T) {
	var attempts atomic.Int64
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, inHeader := r.Header["Idempotency-Key"]
		if inHeader || strings.Contains(string(body), "key") || !json.Valid(body) {
			t.Errorf("attempt %d has the header %q and the body %s", attempts.Load()+1, r.Header["Idempotency-Key"], body)
		}
		if attempts.Add(1) < 3 {
			w.WriteHeader(503)
			return
		}
		io.WriteString(w, `{"order_id":"o"}`)
	})
	for _, newKeys := range []bool{false, true} {
		attempts.Store(0)
		sender, err := c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 3, AttemptTimeout: time.Minute, NewKeyPerAttempt: newKeys}})
		if err != nil {
			t.Fatal(err)
		}
		r := one
		r.IdempotencyKey = "left out"
		got := NewClient(c.endpoint, sender).PurchaseWithoutKey(t.Context(), r)
		if !got.Success() || got.Operation.Key != "" || len(got.Operation.Attempts) != 3 || got.Request != one {
			t.Errorf("%+v after %d attempts under the key %q, want a success of 3 without one", got.Request, len(got.Operation.Attempts), got.Operation.Key)
		}
		for _, a := range got.Operation.Attempts {
			if a.Key != "" {
				t.Errorf("attempt %d has the key %q", a.Number, a.Key)
			}
		}
	}
	if got := c.PurchaseWithoutKey(t.Context(), Request{}); got.Reason != "not_sent" || got.Outcome != Failed || len(got.Operation.Attempts) > 0 {
		t.Errorf("a request that is not valid: %q %q", got.Reason, got.Outcome)
	}
}

// TestARequestIsBuyers, all of whose purchases are copies of it.
func TestARequestIsBuyers(t *testing.T) {
	var b Buyers = one
	if got := b.Buy(7, 1000); got != (Buy{Request: one}) {
		t.Errorf("Buy = %+v", got)
	}
	if got := b.String(); got != "users=1 products=1 quantity=1 methods=1" {
		t.Errorf("String = %q", got)
	}
	if r, constant := Constant(b); r != one || !constant {
		t.Errorf("Constant = %+v, %v", r, constant)
	}
	if r, constant := Constant(nil); r != (Request{}) || constant {
		t.Errorf("Constant of none = %+v, %v", r, constant)
	}
}

// TestBuysThatAreRefused: the key is to be that of a purchase at most MaxSameKeyAs before.
func TestBuysThatAreRefused(t *testing.T) {
	keyed := one
	keyed.IdempotencyKey = "k"
	for _, tt := range []struct {
		b    Buy
		i    int
		says string
	}{
		{Buy{Request: one}, 0, ""},
		{Buy{Request: one, SameKeyAs: 5}, 5, ""},
		{Buy{Request: one, SameKeyAs: MaxSameKeyAs}, 4000, ""},
		{Buy{Request: one, SameKeyAs: MaxSameKeyAs + 1}, 4000, "purchase 4000 sends the key of the one 1001 before it, want 0 (none) to 1000"},
		{Buy{Request: one, SameKeyAs: -1}, 4000, "purchase 4000 sends the key of the one -1 before it, want 0 (none) to 1000"},
		{Buy{Request: one, SameKeyAs: 6}, 5, "purchase 5 sends the key of the one 6 before it, which is before the first"},
		{Buy{Request: one, SameKeyAs: 6, Keyless: true}, 5, ""},
		{Buy{Request: keyed, SameKeyAs: 6}, 5, ""},
	} {
		if err := tt.b.Validate(tt.i); (err != nil) != (tt.says != "") || err != nil && err.Error() != tt.says {
			t.Errorf("%+v as purchase %d: %v, want %q", tt.b, tt.i, err, tt.says)
		}
	}
}
