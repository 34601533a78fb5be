package dtm

import (
	"maps"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/realservices/assess"
	"sagalab/pkg/internal/realservices/harness"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// beginAsync begins a run against dtm at url that submits sagas and asks after them.
func beginAsync(t *testing.T, url string) *assess.Assessment {
	a := assess.New(t, url, "../dtm-async.yaml", map[string]string{"participant": url})
	a.Reset(subjects)
	return a
}

func TestAsyncCases(t *testing.T) {
	a := beginAsync(t, Start(t))
	bought := a.Case("bought", one(user(1), product(1)), purchase.OK, "")
	if len(bought.Operation.Attempts) != 1 || len(bought.Others) == 0 || bought.AcceptedAt.IsZero() || bought.Uncertainty <= 0 {
		t.Errorf("the purchase is %+v, want one attempt that is accepted, and polls", bought)
	}
	again := one(user(1), product(1))
	again.IdempotencyKey = bought.Request.IdempotencyKey
	if r := a.Case("again", again, purchase.OK, ""); r.OrderID != bought.OrderID || r.OrderID == "" {
		t.Errorf("a repeat names order %q after %q", r.OrderID, bought.OrderID)
	}
	much := one(user(2), product(1))
	much.Quantity = 31
	sold := a.Case("sold out", much, purchase.Failed, "OUT_OF_STOCK")
	much.IdempotencyKey = sold.Request.IdempotencyKey
	a.Case("sold out again", much, purchase.Failed, "OUT_OF_STOCK")
	much = one(user(5), product(2))
	much.Quantity = 6
	a.Case("no money", much, purchase.Failed, "INSUFFICIENT_FUNDS")
	a.Case("no such product", one(user(1), product(9)), purchase.Failed, "UNKNOWN_ID")
}

// asyncAnswers are answers where K5 holds: the query says why a saga was refused, however often it is asked.
func asyncAnswers() map[string]audit.Answer {
	want := maps.Clone(answers)
	want["K5"] = audit.Holds
	return want
}

func TestAsyncLoad(t *testing.T) {
	a := beginAsync(t, Start(t))
	a.Load(load.Stage{Name: "heavy", Requests: 200, VUs: 20}, mixed)
	assess.Expect(t, a.Audit(20), asyncAnswers())
}

// TestAsyncLoadUnderFaults: replies to submits and to queries are lost, and submits delivered twice; a key leads to one order.
func TestAsyncLoadUnderFaults(t *testing.T) {
	a := beginAsync(t, Start(t))
	counts := a.Load(load.Stage{Name: "faults", Requests: 150, VUs: 10}, buyers.Func(func(i int) purchase.Request { return one(user(i%4+1), product(2)) }),
		fault.Window{To: time.Hour, Fault: fault.DropReply, Probability: .1},
		fault.Window{To: time.Hour, Fault: fault.Duplicate, Probability: .1})
	if counts.Faults[fault.DropReply] == 0 || counts.Faults[fault.Duplicate] == 0 {
		t.Errorf("the faults were %+v, want both", counts.Faults)
	}
	want := asyncAnswers()
	want["K1"], want["K3"], want["S2"] = audit.Holds, audit.Holds, audit.NotExercised
	assess.Expect(t, a.Audit(20), want)
}

// TestRefusedAndConfirmed: a saga that is submitted twice at once is run twice. When the first run is refused and compensated, the
// barrier answers the second one's charge as done, so that it takes no effect; dtm cannot save that in a saga that has failed, goes on all
// the same, and confirms the order. The buyer was told that it is refused.
func TestRefusedAndConfirmed(t *testing.T) {
	url := Start(t)
	late := newLateCharge()
	a := assess.New(t, url, "../dtm-async.yaml", map[string]string{"participant": harness.Intercept(t, url, late.handle)})
	a.Reset(subjects)
	a.Load(load.Stage{Name: "twice", Requests: 1, VUs: 1}, buyers.Func(func(int) purchase.Request {
		much := one(user(5), product(2))
		much.Quantity = 6
		return much
	}), fault.Window{To: time.Hour, Fault: fault.Duplicate, Probability: 1})
	select {
	case <-late.confirmed:
	case <-time.After(time.Minute):
		t.Fatal("no run of the saga went on after it had failed")
	}
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{
		"C4": audit.Violated, "C3": audit.Violated, "C1": audit.Violated, "B1": audit.Violated, "C2": audit.Holds, "S1": audit.Holds, "C7": assess.Any,
	})
	expectEvidence(t, report, "C4", "was refused (no_money), but the state has it confirmed")
	expectEvidence(t, report, "C3", "is confirmed, but was never charged: charges − refunds = 0, want 1200")
}

// TestAsyncCarelessParticipant: what is accepted and refused later is compensated without a barrier; the audit finds it as in dtm.yaml.
func TestAsyncCarelessParticipant(t *testing.T) {
	a := beginAsync(t, StartCareless(t))
	a.Load(load.Stage{Name: "careless", Requests: 150, VUs: 10}, mixed)
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{"C3": audit.Violated, "C1": audit.Violated, "S1": assess.Any, "B1": assess.Any, "C4": audit.Holds})
	expectEvidence(t, report, "C3", "without a charge: charges − refunds = -")
	expectEvidence(t, report, "C1", "more than its confirmed orders leave")
}
