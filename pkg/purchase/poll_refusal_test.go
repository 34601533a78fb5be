package purchase_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// keyedRefusal and keylessRefusal are adapters by which each poll refuses.
type (
	keyedRefusal   struct{ stepshop.Adapter }
	keylessRefusal struct{ stepshop.Keyless }
)

func (keyedRefusal) ReadPoll(purchase.Call, retry.Attempt) purchase.Answer {
	return purchase.Answer{Meaning: purchase.MeansNoMoney, Reason: "insufficient_balance"}
}

func (keylessRefusal) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer {
	return keyedRefusal{}.ReadPoll(c, a)
}

// TestRefusedByPoll: a poll that refuses says what became of the attempt that was accepted, and of
// those under its key; what another one did before is not known.
func TestRefusedByPoll(t *testing.T) {
	newKeys := patient
	newKeys.NewKeyPerAttempt = true
	for _, tt := range []struct {
		name    string
		adapter purchase.Adapter
		policy  retry.Policy
		failed  []int // attempts at pay
		want    purchase.Outcome
	}{
		{"one key", keyedRefusal{}, patient, []int{1}, purchase.Failed},
		{"a key each", keyedRefusal{}, newKeys, []int{1}, purchase.Unknown},
		{"a key each, one attempt", keyedRefusal{}, newKeys, nil, purchase.Failed},
		{"no key", keylessRefusal{}, patient, []int{1}, purchase.Unknown},
		{"no key, one attempt", keylessRefusal{}, patient, nil, purchase.Failed},
	} {
		synctest.Test(t, func(t *testing.T) {
			shop := stepshop.New(stepshop.Options{Settle: time.Hour, Fail: failing("/pay", stepshop.Failure{Status: http.StatusInternalServerError}, tt.failed...)})
			r := clientOf(t, shop, tt.adapter, tt.policy).Purchase(t.Context(), order)
			if want := 3 + len(tt.failed); len(r.Operation.Attempts) != want || r.Outcome != tt.want || r.Reason != "insufficient_balance" || r.Status != http.StatusOK {
				t.Errorf("%s: %s, %q, HTTP %d after %d attempts; want %s after %d", tt.name, r.Outcome, r.Reason, r.Status, len(r.Operation.Attempts), tt.want, want)
			}
		})
	}
}
