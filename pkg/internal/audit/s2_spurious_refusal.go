package audit

import (
	"cmp"
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// ruleS2 wants each refusal for lack of stock to be possible: so much may have been
// taken or held at the time that the quantity was not left.
var ruleS2 = rule{
	id: "S2", title: `"out of stock" is said only when it is true`,
	one: "refusal for lack of stock", many: "refusals for lack of stock",
	judge: justifiedStockRefusal,
}

// justifiedStockRefusal applies ruleS2; refs are purchases.
func justifiedStockRefusal(m *history.Model) ruling {
	q := ruling{unknown: m.StockUnknown, beyond: m.AnswersOnly(), none: "no purchase was refused for lack of stock"}
	if countRefusals(m, history.NoStock) == 0 {
		return ruling{none: q.none}
	}
	if m.StockUnknown != "" {
		return q
	}
	pools := stockByProduct(m)
	judgeRefusals(m, &q, pools, "product")
	q.show = func(ref int) Counterexample {
		return spuriousCounterexample(m, ref, pools, "out of stock", "pieces of product %d in stock")
	}
	return q
}

// countRefusals counts purchases that were refused for a reason.
func countRefusals(m *history.Model, reason history.Meaning) int {
	n := 0
	for i := range m.Purchases {
		if p := &m.Purchases[i]; p.RefusedAt < history.Forever && p.ConfirmedAt == history.Forever && p.Refusal == reason {
			n++
		}
	}
	return n
}

// judgeRefusals judges refusals against resources; refs are purchases. Where the
// history may lack purchases an alarm would prove nothing, and the answer is
// unknown.
func judgeRefusals(m *history.Model, q *ruling, pools []resource, what string) {
	unsure := whyRefusalsUnjudged(m)
	for i := range pools {
		r := &pools[i]
		if r.denied == 0 {
			continue
		}
		if why := cmp.Or(r.unknown, r.refusalsUnknown); why != "" {
			q.unknown = fmt.Sprintf("%s %d: %s", what, r.id, why)
			continue
		}
		q.judged += r.spurious(m, func(d *debit, s headroom) {
			if why := cmp.Or(unsure, r.moved, r.claimed); why != "" {
				q.unknown = "a refusal is not explained, but " + why
				return
			}
			q.add(int(d.purchase), m.Purchases[d.purchase].RefusedAt, s.least)
		})
	}
	if m.TimesUnusable != "" {
		q.unknown = m.TimesUnusable
	}
}

// spuriousCounterexample fills in the formula for one refusal that nothing
// explains.
func spuriousCounterexample(m *history.Model, purchaseIndex int, pools []resource, reason, having string) Counterexample {
	var c Counterexample
	for i := range pools {
		r := &pools[i]
		if r.unknown != "" {
			continue
		}
		r.spurious(m, func(d *debit, s headroom) {
			if int(d.purchase) != purchaseIndex {
				return
			}
			p := &m.Purchases[purchaseIndex]
			c = Counterexample{Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, int32(purchaseIndex))}
			c.Says = fmt.Sprintf("%s was refused as %s although enough must have been left", describePurchase(m, p), reason)
			c.Formula = fmt.Sprintf("%d "+having+" − %d bought or perhaps bought until the answer − %d perhaps held meanwhile by purchases that were refused = %d ≥ %d asked for",
				r.initial, r.id, s.permanent, s.passing, s.least, d.amount)
		})
	}
	return c
}
