package history

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// randomStage draws attempts under few keys and payloads, so that keys are sent
// again and re-used.
func randomStage(r *rand.Rand) runs.Stage {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := runs.Stage{Info: runs.Info{Stage: "s", State: runs.Complete, Started: start}}
	for i := range 1 + r.IntN(12) {
		key := []string{"a", "b", "c", ""}[r.IntN(4)]
		op := runs.Operation{Index: int64(i), Key: key, UserID: purchase.ID(r.Int64N(2)), ProductID: purchase.ID(r.Int64N(2)), Quantity: 1, StartTS: start}
		for n := range r.IntN(4) {
			a := runs.Attempt{Index: op.Index, Number: int64(n + 1), Key: key, StartTS: start.Add(time.Duration(r.IntN(100)) * time.Millisecond), LatencyMS: float64(r.IntN(50)), Sent: r.IntN(5) > 0}
			if a.Sent {
				a.Status = []int64{201, 409, 503}[r.IntN(3)]
			}
			if a.Status == 201 {
				a.OrderID = fmt.Sprint("o", r.IntN(5))
			}
			s.Attempts = append(s.Attempts, a)
			op.Attempts++
		}
		s.Operations = append(s.Operations, op)
	}
	return s
}

// Each attempt belongs to one purchase, which has its key and payload; each purchase
// belongs to one key; and counts agree with the attempts.
func TestAttemptsAreGrouped(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		stages := []runs.Stage{randomStage(r)}
		h := newHistory(stages, &Options{})
		listed := 0
		for p := range h.Purchases {
			sent := int32(0)
			for _, i := range h.AttemptsOf(int32(p)) {
				listed++
				a := &h.Attempts[i]
				op := &stages[a.Stage].Operations[a.Operation]
				want := Payload{op.UserID, op.ProductID, op.Quantity, op.PaymentMethodID}
				if a.Purchase != int32(p) || h.Purchases[p].Payload != want || h.Keys[h.Purchases[p].Key].Name != op.Key {
					t.Fatalf("seed %d: attempt %+v is with purchase %+v", seed, a, h.Purchases[p])
				}
				if a.Meaning != NotSent {
					sent++
				}
			}
			if h.Purchases[p].Sent != sent {
				t.Fatalf("seed %d: purchase %d was sent %d times, want %d", seed, p, h.Purchases[p].Sent, sent)
			}
		}
		chained := 0
		for k := range h.Keys {
			for p := h.Keys[k].First; p != None; p = h.Purchases[p].NextOfKey {
				chained++
				if h.Purchases[p].Key != int32(k) {
					t.Fatalf("seed %d: purchase %d is listed under key %d", seed, p, k)
				}
			}
		}
		if listed != len(h.Attempts) || chained != len(h.Purchases) {
			t.Fatalf("seed %d: %d of %d attempts and %d of %d purchases are listed", seed, listed, len(h.Attempts), chained, len(h.Purchases))
		}
	}
}

// Orders are assigned by key, by the answer that named them, or by payload.
func TestOrdersAreAssigned(t *testing.T) {
	s := runs.Stage{Info: runs.Info{Stage: "s", State: runs.Complete}}
	for i, key := range []string{"a", "b", ""} {
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), Key: key, UserID: purchase.ID(i + 1), ProductID: 1, Quantity: 1, Attempts: 1})
		s.Attempts = append(s.Attempts, runs.Attempt{Index: int64(i), Number: 1, Key: key, StartTS: time.Unix(int64(i+1), 0), Sent: true, Class: "eof"})
	}
	s.Attempts[1].Class, s.Attempts[1].Status, s.Attempts[1].OrderID = "", 201, "two"
	order := func(id, key string, user int64) purchase.Order {
		return purchase.Order{OrderID: id, IdempotencyKey: key, UserID: purchase.ID(user), ProductID: 1, Quantity: 1, Status: purchase.Confirmed}
	}
	m := New(Evidence{Sealed: true, Stages: []runs.Stage{s}, After: &State{
		Orders: []purchase.Order{order("one", "a", 1), order("two", "", 2), order("three", "", 3), order("four", "z", 9)},
	}}, Options{})
	for i, want := range []int32{0, 1, 2, None} {
		if m.PurchaseOf[i] != want {
			t.Errorf("order %s is assigned to purchase %d, want %d", m.Orders[i].OrderID, m.PurchaseOf[i], want)
		}
	}
	if m.Origins[3] != Phantom || m.PhantomCount != 1 || !m.Purchases[2].Guessed || m.Purchases[1].Guessed {
		t.Errorf("origins %v, guessed %v and %v; want the last order a phantom, and only the one without a key guessed", m.Origins, m.Purchases[1].Guessed, m.Purchases[2].Guessed)
	}
}
