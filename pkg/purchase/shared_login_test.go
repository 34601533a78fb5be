package purchase_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
)

// TestSharedLoginThatExpiredToo: a purchase that took the login of another one of its user, which
// is refused in turn, goes on to the next login.
func TestSharedLoginThatExpiredToo(t *testing.T) {
	for name, settle := range map[string]time.Duration{"polls": 4 * time.Second, "steps": 0} {
		synctest.Test(t, func(t *testing.T) {
			s := stepshop.New(stepshop.Options{Settle: settle, TokenUses: 4})
			c := clientOf(t, s, stepshop.Adapter{}, patient)
			results := make(chan purchase.Result)
			for i := range 4 {
				go func() {
					time.Sleep(time.Duration(i) * 300 * time.Millisecond)
					r := order
					r.IdempotencyKey = ""
					results <- c.Purchase(t.Context(), r)
				}()
			}
			for range 4 {
				if r := <-results; r.Outcome != purchase.OK {
					t.Errorf("%s: %s: %v: %v", name, r.Outcome, r.Operation.Err, asked(s))
				}
			}
		})
	}
}
