package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestBoughtTwiceCountsOperations: what C3 found in operations is counted in operations, and in
// both where an order has a finding of its own.
func TestBoughtTwiceCountsOperations(t *testing.T) {
	x := tale{
		sent: []sent{buys("a", 1, 10, 5).ends(0, "eof", ""), buys("b", 1, 20, 5), buys("c", 1, 30, 5)}, stock: 2, balance: 70, after: time.Minute,
		orders: []purchase.Order{order("a", 1, purchase.Confirmed, "rcf"), order("b", 1, purchase.Confirmed, "rcf"), order("c", 1, purchase.Confirmed, "rcf")},
		ledger: []purchase.Entry{entry("a", purchase.Charge, 10), entry("b", purchase.Charge, 10), entry("c", purchase.Charge, 10)},
	}
	judged := func(change func(*Evidence)) Verdict {
		e := x.evidence()
		e.After.Ledger = slices.Clone(e.After.Ledger) // which change may change
		s := &e.Stages[0]
		s.Attempts[1].Index, s.Attempts[1].Number = 0, 2 // the same operation under another key
		s.Operations[0].Attempts, s.Operations = 2, slices.Delete(s.Operations, 1, 2)
		change(&e)
		return Judge(e, Options{}).Verdict("C3")
	}
	for want, change := range map[string]func(*Evidence){
		"1 of 2 operations. First: operation 0 of stage s ":             func(*Evidence) {},
		"2 of 5 orders and operations. First: order o-c was charged ":   func(e *Evidence) { e.After.Ledger[2].Amount = 11 },
		"1 of 3 orders. First: order o-c was charged 1 too much (11 in": func(e *Evidence) { e.After.Ledger[2].Amount, e.Stages[0].Attempts[1].Index = 11, 1 },
	} {
		if v := judged(change); !strings.HasPrefix(v.Evidence(), want) {
			t.Errorf("C3 is %s: %q, want %q", v.Answer, v.Evidence(), want)
		}
	}
}
