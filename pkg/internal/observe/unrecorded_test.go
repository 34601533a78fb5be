package observe

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// An order of a purchase whose record was lost is not another client's: a purchase
// without an answer stands for it. Keys of other seeds, of another run from the same
// seed, and those that are recorded are left alone.
func TestUnrecordedPurchasesAreRecognized(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	key := func(seed uint64, index int, after time.Duration) string {
		return keyed.UUIDv7(seed, "s", uint64(index), began.Add(after))
	}
	stage := runs.Stage{Info: runs.Info{Stage: "s", Kind: runs.Load, State: runs.Interrupted, Seed: 7, Requests: 100, VUs: 5, Started: began, Ended: began.Add(5 * time.Second),
		Order: &purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}}}
	for i := range 3 {
		stage.Operations = append(stage.Operations, runs.Operation{Stage: "s", Index: int64(i), Key: key(7, i, time.Second), UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, Attempts: 1, Outcome: purchase.OK, Success: true, Status: 201, StartTS: began.Add(time.Second)})
		stage.Attempts = append(stage.Attempts, runs.Attempt{Stage: "s", Index: int64(i), Number: 1, Key: key(7, i, time.Second), StartTS: began.Add(time.Second), LatencyMS: 5, Status: 201, Sent: true})
	}
	order := func(key string) purchase.Order {
		return purchase.Order{OrderID: key, IdempotencyKey: key, UserID: 1, ProductID: 1, Quantity: 1, Status: purchase.Confirmed}
	}
	orders := []purchase.Order{order(key(7, 0, time.Second)), order(key(7, 1, time.Second)), order(key(7, 2, time.Second)),
		order(key(7, 4, 5*time.Second)), order(key(8, 5, time.Second)), order(key(7, 6, time.Hour)), order("its own")}
	got := withUnrecorded([]runs.Stage{stage}, orders)
	if len(stage.Operations) != 3 || len(got[0].Operations) != 4 || len(got[0].Attempts) != 4 {
		t.Fatalf("%d operations, %d attempts; want the 3 and the one of index 4", len(got[0].Operations), len(got[0].Attempts))
	}
	if op := got[0].Operations[3]; op.Index != 4 || op.Key != orders[3].IdempotencyKey || op.Outcome != purchase.Unknown || !op.StartTS.Equal(began.Add(5*time.Second)) {
		t.Errorf("the purchase is %+v", op)
	}
	complete := stage
	complete.State = runs.Complete
	if got := withUnrecorded([]runs.Stage{complete}, orders); len(got[0].Operations) != 3 {
		t.Error("a stage that lacks nothing got a purchase")
	}

	state := &audit.State{Orders: orders[:4], NotOffered: []audit.Call{audit.LedgerCall, audit.UsersCall, audit.ProductsCall}}
	const says = "no recorded purchase explains order"
	if r := audit.Judge(audit.Evidence{Stages: []runs.Stage{stage}, After: state, Sealed: true}, audit.Options{}).String(); !strings.Contains(r, says) {
		t.Errorf("without the purchase %q is missing, so that nothing was tested:\n%s", says, r)
	}
	if r := audit.Judge(audit.Evidence{Stages: got, After: state, Sealed: true}, audit.Options{}).String(); strings.Contains(r, says) {
		t.Errorf("with the purchase:\n%s", r)
	}
}

// What a purchase without a record was is drawn again from the buyers of its stage.
func TestUnrecordedPurchasesOfAMix(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	mix := buyers.Mix{Users: buyers.Range(1, 1000), Products: buyers.Range(1, 20), Quantity: buyers.Range(1, 3)}
	stage := runs.Stage{Info: runs.Info{Stage: "s", Kind: runs.Load, State: runs.Interrupted, Seed: 7, Requests: 100, VUs: 5, Started: began, Ended: began.Add(5 * time.Second), Buyers: mix.String()}}
	want := mix.Buy(7, 4).Request
	order := purchase.Order{OrderID: "o", IdempotencyKey: keyed.UUIDv7(7, "s", 4, began.Add(time.Second)), UserID: want.UserID, ProductID: want.ProductID, Quantity: want.Quantity, Status: purchase.Confirmed}
	got := withUnrecorded([]runs.Stage{stage}, []purchase.Order{order})[0].Operations
	if len(got) != 1 || got[0].Index != 4 || got[0].UserID != want.UserID || got[0].ProductID != want.ProductID || got[0].Quantity != want.Quantity || got[0].PaymentMethodID != want.PaymentMethodID {
		t.Errorf("got %+v, want one operation of index 4 that buys %s", got, want)
	}
}

// An order of buyers that cannot be made again, such as a function, has an attempt
// without a payload: the order is explained, and nothing else is made up.
func TestUnrecordedPurchasesOfUnknownBuyers(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	stage := runs.Stage{Info: runs.Info{Stage: "s", Kind: runs.Load, State: runs.Interrupted, Seed: 7, Requests: 100, VUs: 5, Started: began, Ended: began.Add(5 * time.Second), Buyers: "a function"}}
	order := purchase.Order{OrderID: "o", IdempotencyKey: keyed.UUIDv7(7, "s", 4, began.Add(time.Second)), UserID: 9, ProductID: 8, Quantity: 7, Status: purchase.Confirmed}
	got := withUnrecorded([]runs.Stage{stage}, []purchase.Order{order})
	if len(got[0].Operations) != 0 || len(got[0].Attempts) != 1 || got[0].Attempts[0].Key != order.IdempotencyKey || got[0].Attempts[0].Index != 4 {
		t.Fatalf("%d operations and the attempts %+v, want one attempt of index 4 alone", len(got[0].Operations), got[0].Attempts)
	}
	state := &audit.State{Orders: []purchase.Order{order}, NotOffered: []audit.Call{audit.LedgerCall, audit.UsersCall, audit.ProductsCall}}
	for _, tt := range []struct {
		stages    []runs.Stage
		explained bool
	}{{[]runs.Stage{stage}, false}, {got, true}} {
		r := audit.Judge(audit.Evidence{Stages: tt.stages, After: state, Sealed: true}, audit.Options{}).String()
		if strings.Contains(r, "no recorded purchase explains order") == tt.explained {
			t.Errorf("explained is %v, want %v:\n%s", !tt.explained, tt.explained, r)
		}
	}
}
