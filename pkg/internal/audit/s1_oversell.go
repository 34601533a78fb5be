package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// s1 wants no more to be sold than there was.
func noOversell(m *history.Model) ruling {
	q := ruling{unknown: m.StockUnknown, beyond: m.AnswersOnly(), none: "nothing was confirmed"}
	if m.StockUnknown != "" {
		return q
	}
	accounts := stockByProduct(m)
	judgeConfirmed(m, &q, accounts, "product")
	q.show = func(ref int) Counterexample {
		return overdrawnCounterexample(m, ref, accounts, "pieces of product %d in stock", "sold")
	}
	return q
}

// overdraw judges confirmed purchases against accounts; refs are deeds.
func judgeConfirmed(m *history.Model, q *ruling, accounts []resource, what string) {
	for i := range accounts {
		a := &accounts[i]
		if a.confirmed == 0 {
			continue
		}
		if a.unknown != "" {
			q.unknown = fmt.Sprintf("%s %d: %s", what, a.id, a.unknown)
			continue
		}
		q.judged += a.overdrawn(func(c *debit, taken int64) { q.add(int(c.purchase), c.to, taken) })
	}
}

// showOverdrawn fills in the formula for one purchase that was not covered.
func overdrawnCounterexample(m *history.Model, deed int, accounts []resource, having, verb string) Counterexample {
	var c Counterexample
	for i := range accounts {
		a := &accounts[i]
		if a.unknown != "" {
			continue
		}
		earlier := 0
		for _, claim := range a.debits {
			if claim.effect == history.TookEffect && claim.to < m.Purchases[deed].FirstSent {
				earlier++
			}
		}
		a.overdrawn(func(cl *debit, taken int64) {
			if int(cl.purchase) != deed {
				return
			}
			d := &m.Purchases[deed]
			c = Counterexample{Key: m.Keys[d.Key].Name, Attempts: attemptLines(m, int32(deed))}
			if d.AnsweredOrder != history.None {
				c.OrderID = m.OrderIDs[d.AnsweredOrder]
			}
			there := "was confirmed although there was not enough left"
			if cl.resolved {
				there = "got no answer, but the state has it confirmed although there was not enough left"
			}
			c.Says = describePurchase(m, d) + " " + there
			c.Formula = fmt.Sprintf("%d "+having+" − %d %s with it = %d < 0; %d purchases had been confirmed before it was sent",
				a.initial, a.id, taken, verb, a.initial-taken, earlier)
		})
	}
	return c
}
