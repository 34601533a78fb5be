package observe

import (
	"fmt"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stepped is a stage whose purchases take a login, a cart and a payment that polls follow. Each
// outcome is what the payment, and the last poll, means; "" for one that ended after the cart.
func stepped(begun time.Time, outcomes ...string) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: "s", Kind: runs.Load, State: runs.Complete, Seed: 7, Started: begun, Requests: len(outcomes), Steps: []string{"cart", "pay"}}}
	for i, outcome := range outcomes {
		key := fmt.Sprintf("k%d", i)
		row := func(kind, step, key, meaning string, number int64) {
			s.Attempts = append(s.Attempts, runs.Attempt{Stage: "s", Index: int64(i), Number: number, Kind: kind, Step: step, Key: key, Meaning: meaning, Sent: true, StartTS: begun, LatencyMS: 1})
		}
		s.Operations = append(s.Operations, runs.Operation{Stage: "s", Index: int64(i), Key: key, UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, Attempts: 2})
		row(runs.Login, "", "", "unclear", 0)
		row(runs.Original, "cart", key+".cart", "unclear", 1)
		row(runs.Retry, "cart", key+".cart", "step_done", 2)
		if outcome == "" {
			continue
		}
		row(runs.Original, "pay", key, "pending", 3)
		row(runs.Poll, "pay", key, "unclear", 3)
		row(runs.Poll, "pay", key, outcome, 3)
	}
	return s
}

// TestStepsAreNotAskedAgain: purchases are drawn by the step that decides and what polls said; a
// key of a step is none of a purchase.
func TestStepsAreNotAskedAgain(t *testing.T) {
	begun := time.Now()
	stages := []runs.Stage{stepped(begun, "confirmed", "no_money", "pending", "")}
	e := audit.Evidence{Stages: stages, After: &audit.State{Orders: []purchase.Order{{OrderID: "o0", IdempotencyKey: "k0", Status: purchase.Confirmed}, {OrderID: "o2", IdempotencyKey: "k2"}}}}
	drawn, err := drawRepeats(&e, 10, begun)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"k0", "k1", "k2"} {
		if len(drawn) != 3 || drawn[i].IdempotencyKey != want {
			t.Fatalf("drawn: %+v, want k0, k1 and k2", drawn)
		}
	}
}

// stepper is an adapter of two steps.
type stepper struct{ purchase.Contract }

func (stepper) Steps() []string { return []string{"cart", "pay"} }

// TestKeysOfSteps: without a replay of each step before the last nothing shows that its keys are
// kept.
func TestKeysOfSteps(t *testing.T) {
	stages := []runs.Stage{stepped(time.Now(), "confirmed")}
	if step := unkeptStep(stepper{}, stages); step != "cart" {
		t.Errorf("without a replay: %q, want cart", step)
	}
	stages[0].Attempts[2].Replayed = true
	if step := unkeptStep(stepper{}, stages); step != "" {
		t.Errorf("with a replay: %q", step)
	}
	if step := unkeptStep(purchase.Contract{}, stages); step != "" {
		t.Errorf("one request: %q", step)
	}
}

// TestUnsettledSteps: a poll settles what was accepted, a step that is done its key, and logins
// and polls begin nothing.
func TestUnsettledSteps(t *testing.T) {
	for outcome, want := range map[string]int{"confirmed": 0, "no_stock": 0, "pending": 1, "unclear": 1, "": 0} {
		s := stepped(time.Now(), outcome)
		if n := countUnsettled([]runs.Stage{s}); n != want {
			t.Errorf("%q: %d without an outcome, want %d", outcome, n, want)
		}
		for i := range s.Attempts {
			s.Attempts[i].Key = ""
		}
		if n := countUnsettled([]runs.Stage{s}); n != want+1 { // the first attempt at the cart
			t.Errorf("%q without keys: %d without an outcome, want %d", outcome, n, want+1)
		}
	}
}

// TestPolledIsAcknowledged: a purchase that a poll confirmed is waited for, and a step is none.
func TestPolledIsAcknowledged(t *testing.T) {
	a := newAcknowledged([]runs.Stage{stepped(time.Now(), "confirmed", "no_money", "")}, nil)
	if n, _, _ := a.unseen(&audit.State{}); n != 1 {
		t.Errorf("%d are missing, want that of k0", n)
	}
	if n, _, _ := a.unseen(&audit.State{Orders: []purchase.Order{{OrderID: "o", IdempotencyKey: "k0", Status: purchase.Confirmed}}}); n != 0 {
		t.Errorf("%d are missing of a state that shows it", n)
	}
}

// TestOrdersOfStepsAreOurs: an order that shows the key of a step is no other client's, while
// load runs and after it, nor one whose record was lost.
func TestOrdersOfStepsAreOurs(t *testing.T) {
	var sent SentKeys
	sent.Add("k0")
	o := otherClients{sent: &sent, steps: []string{"cart", "pay"}}
	o.look([]purchase.Order{{OrderID: "1", IdempotencyKey: "k0.cart"}, {OrderID: "2", IdempotencyKey: "k0"}})
	if len(o.counted) != 0 {
		t.Errorf("orders of others: %v", o.counted)
	}
	if o.look([]purchase.Order{{OrderID: "3", IdempotencyKey: "k0.pay"}}); len(o.counted) != 1 {
		t.Error("the last step has the key of the purchase, and no other")
	}
	e := audit.Evidence{Stages: []runs.Stage{stepped(time.Now(), "")}, After: &audit.State{Orders: []purchase.Order{{OrderID: "c", IdempotencyKey: "k0.cart"}}}}
	if n, example := otherOrders(&e); n != 0 {
		t.Errorf("%d orders of others, such as %s", n, example)
	}
}

// TestUnrecordedSteps: an order under the key of a step stands for a purchase that was begun, and
// is of the step.
func TestUnrecordedSteps(t *testing.T) {
	begun := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := stepped(begun)
	s.State, s.Requests, s.VUs, s.Ended = runs.Interrupted, 10, 2, begun.Add(5*time.Second)
	s.Order = &purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}
	key := func(i uint64) string { return keyed.UUIDv7(7, "s", i, begun.Add(time.Second)) }
	order := func(key string) purchase.Order { return purchase.Order{OrderID: key, IdempotencyKey: key} }
	got := withUnrecorded([]runs.Stage{s}, []purchase.Order{order(key(0) + ".cart"), order(key(1)), order(key(1) + ".cart")})[0]
	if len(got.Operations) != 2 || got.Operations[0].Key != key(0) || got.Operations[1].Key != key(1) {
		t.Fatalf("operations: %+v", got.Operations)
	}
	for i, want := range []runs.Attempt{{Step: "cart", Key: key(0) + ".cart"}, {Step: "pay", Key: key(1)}} {
		if a := got.Attempts[i]; a.Step != want.Step || a.Key != want.Key {
			t.Errorf("attempt %d: step %q under key %s, want %q under %s", i, a.Step, a.Key, want.Step, want.Key)
		}
	}
}
