package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// ruleS1 wants the confirmed purchases of each product to fit into its initial
// stock.
var ruleS1 = rule{
	id: "S1", title: "no more is sold than was in stock",
	one: "confirmed purchase", many: "confirmed purchases",
	judge: noOversell,
}

// noOversell applies ruleS1; refs are purchases.
func noOversell(m *history.Model) ruling {
	q := ruling{unknown: m.StockUnknown, beyond: m.AnswersOnly(), none: "nothing was confirmed"}
	if m.StockUnknown != "" {
		return q
	}
	pools := stockByProduct(m)
	judgeConfirmed(m, &q, pools, "product")
	q.show = func(ref int) Counterexample {
		return overdrawnCounterexample(m, ref, pools, "pieces of product %d in stock", "sold")
	}
	return q
}

// judgeConfirmed judges confirmed purchases against resources; refs are purchases.
// what names a resource: "product".
func judgeConfirmed(m *history.Model, q *ruling, pools []resource, what string) {
	for i := range pools {
		r := &pools[i]
		if r.confirmed == 0 {
			continue
		}
		if r.unknown != "" {
			q.unknown = fmt.Sprintf("%s %d: %s", what, r.id, r.unknown)
			continue
		}
		q.judged += r.overdrawn(func(d *debit, taken int64) {
			if r.moved != "" {
				q.unknown = fmt.Sprintf("more than %s %d had was confirmed, but %s", what, r.id, r.moved)
				return
			}
			q.add(int(d.purchase), d.to, taken)
		})
	}
}

// overdrawnCounterexample fills in the formula for one purchase that was not
// covered.
func overdrawnCounterexample(m *history.Model, purchaseIndex int, pools []resource, having, verb string) Counterexample {
	var c Counterexample
	for i := range pools {
		r := &pools[i]
		if r.unknown != "" {
			continue
		}
		earlier := 0
		for _, d := range r.debits {
			if d.effect == history.TookEffect && d.to < m.Purchases[purchaseIndex].FirstSent {
				earlier++
			}
		}
		r.overdrawn(func(d *debit, taken int64) {
			if int(d.purchase) != purchaseIndex {
				return
			}
			p := &m.Purchases[purchaseIndex]
			c = Counterexample{Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, int32(purchaseIndex))}
			if p.AnsweredOrderID != history.None {
				c.OrderID = m.OrderIDs[p.AnsweredOrderID]
			}
			there := "was confirmed although there was not enough left"
			if d.byState {
				there = "got no answer, but the state has it confirmed although there was not enough left"
			}
			c.Says = describePurchase(m, p) + " " + there
			c.Formula = fmt.Sprintf("%d "+having+" − %d %s with it = %d < 0; %s confirmed before it was sent",
				r.initial, r.id, taken, verb, r.initial-taken, history.Counted(earlier, "purchase had been", "purchases had been"))
		})
	}
	return c
}
