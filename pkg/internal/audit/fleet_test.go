package audit

import (
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// answerOf is what a report answers for a rule.
func answerOf(t *testing.T, r Report, rule string) Verdict {
	t.Helper()
	for _, v := range r.Verdicts {
		if v.Rule == rule {
			return v
		}
	}
	t.Fatalf("no rule %s", rule)
	return Verdict{}
}

// TestLostLoadIsNoViolation: an order of a purchase that a lost worker may have sent
// is no phantom.
func TestLostLoadIsNoViolation(t *testing.T) {
	x := calmTale()
	x.orders = append(x.orders, order("b", 1, purchase.Confirmed, "rcf"))
	x.ledger = append(x.ledger, entry("b", purchase.Charge, 10))
	x.stock, x.balance = 2, 70
	for lost, want := range map[int]Answer{0: Violated, 1: Unknown} {
		e := x.evidence()
		e.Stages[0].WorkerResults = []runs.WorkerResult{{Planned: 2, Recorded: 1, Lost: lost}}
		v := answerOf(t, Judge(e, Options{}), "C4")
		if v.Answer != want {
			t.Errorf("%d operations are lost, and an order is not explained: %v, want %s", lost, v, want)
		}
	}
}

// TestDroppedArrivalsAreNotMissing: what was dropped was not sent, and random
// arrivals need not be as many as expected.
func TestDroppedArrivalsAreNotMissing(t *testing.T) {
	x := calmTale()
	x.orders = append(x.orders, order("b", 1, purchase.Confirmed, "rcf"))
	x.ledger = append(x.ledger, entry("b", purchase.Charge, 10))
	x.stock, x.balance = 2, 70
	e := x.evidence()
	e.Stages[0].Requests = 3
	e.Stages[0].Report = &load.Report{Planned: 3, Started: 1, Dropped: 2}
	if v := answerOf(t, Judge(e, Options{}), "C4"); v.Answer != Violated {
		t.Errorf("a phantom order beside two arrivals that were dropped: %v, want violated", v)
	}
}

// TestClocksOfWorkers: a refusal that would be wrong if two machines' clocks agreed
// is none if they may be off by more.
func TestClocksOfWorkers(t *testing.T) {
	refused := buys("b", 1, 10, 4).ends(409, string(purchase.OutOfStock), "o-b")
	x := tale{sent: []sent{refused, buys("a", 5, 15, 5)}, alone: true} // refused 1 ms before all was bought
	for apart, want := range map[time.Duration]Answer{0: Violated, 2 * time.Millisecond: Holds} {
		e := x.evidence()
		if apart > 0 {
			e.Stages[0].WorkerResults = []runs.WorkerResult{{ClockError: apart}}
		}
		if v := answerOf(t, Judge(e, Options{}), "S2"); v.Answer != want {
			t.Errorf("clocks agree to within %v: %v, want %s", apart, v, want)
		}
	}
}
