package audit

import (
	"fmt"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestKeysDeliveredTwice: requests that the fault plan delivered twice put K1 to the test, though
// each was sent and answered once.
func TestKeysDeliveredTwice(t *testing.T) {
	evidence := func(taken int, change func(*Evidence)) Evidence {
		x := tale{stock: 0}
		for i := range 40 {
			k := fmt.Sprintf("k%02d", i)
			x.sent = append(x.sent, buys(k, 1, float64(10*i), 5))
			x.orders = append(x.orders, order(k, 1, purchase.Confirmed, "rcf"))
		}
		e := x.evidence()
		if taken > 0 {
			e.Stages[0].FaultWindows = []runs.FaultWindow{{Fault: "duplicate", Probability: .4, Met: 40, Taken: taken}}
		}
		change(&e)
		return e
	}
	same := func(*Evidence) {}
	second := func(e *Evidence) {
		o := order("k07", 1, purchase.Confirmed, "rcf")
		o.OrderID = "o-again"
		e.After.Orders = append(e.After.Orders, o)
	}
	// each purchase has a step before, which as many requests are of
	steps := func(e *Evidence) {
		s := &e.Stages[0]
		s.Steps = []string{"cart", "pay"}
		for i := range s.Operations {
			s.Operations[i].Steps, s.Operations[i].Attempts = 2, 2
			s.Attempts[i].Step, s.Attempts[i].Number = "pay", 2
			cart := s.Attempts[i]
			cart.Step, cart.Number, cart.Key, cart.OrderID, cart.Meaning = "cart", 1, cart.Key+".cart", "", purchase.MeansStepDone.String()
			s.Attempts = append(s.Attempts, cart)
		}
	}
	hidden := func(e *Evidence) {
		for i := range e.After.Orders {
			e.After.Orders[i].IdempotencyKey = ""
		}
	}
	for _, tt := range []struct {
		name   string
		e      Evidence
		want   Answer
		judged int
	}{
		{"no fault", evidence(0, same), NotExercised, 0},
		{"some", evidence(16, same), Holds, 16},
		{"more than there are keys", evidence(90, same), Holds, 40},
		{"a second order", evidence(16, second), Violated, 16},
		{"two steps", evidence(40, steps), Holds, 20},
		{"two steps, perhaps none at the one that decides", evidence(9, steps), NotExercised, 0},
		{"orders without keys", evidence(16, hidden), NotExercised, 0},
	} {
		v := Judge(tt.e, Options{}).Verdict("K1")
		if v.Answer != tt.want || v.Judged != tt.judged || v.Answer == Holds && !strings.Contains(v.Reason, "delivered twice by the fault plan") {
			t.Errorf("%s: K1 is %s of %d (%s), want %s of %d", tt.name, v.Answer, v.Judged, v.Reason, tt.want, tt.judged)
		}
	}
}
