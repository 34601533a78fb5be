package audit

import (
	"cmp"
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// s2 wants "out of stock" to be true: legal only if so much may have been taken
// or reserved at the time that the quantity was not left.
func justifiedStockRefusal(m *history.Model) ruling {
	q := ruling{unknown: m.StockUnknown, beyond: m.AnswersOnly(), none: "no purchase was refused for lack of stock"}
	if countRefusals(m, history.NoStock) == 0 {
		return ruling{none: q.none}
	}
	if m.StockUnknown != "" {
		return q
	}
	accounts := stockByProduct(m)
	judgeRefusals(m, &q, accounts, "product")
	q.show = func(ref int) Counterexample {
		return spuriousCounterexample(m, ref, accounts, "out of stock", "pieces of product %d in stock")
	}
	return q
}

// count counts purchases that were refused for a reason.
func countRefusals(m *history.Model, reason history.Meaning) int {
	n := 0
	for i := range m.Purchases {
		if d := &m.Purchases[i]; d.RefusedAt < history.Forever && d.ConfirmedAt == history.Forever && d.Refusal == reason {
			n++
		}
	}
	return n
}

// refusals judges refusals against accounts; refs are deeds. Where the history
// may lack purchases an alarm would prove nothing, and the answer is unknown.
func judgeRefusals(m *history.Model, q *ruling, accounts []resource, what string) {
	unsure := whyRefusalsUnjudged(m)
	for i := range accounts {
		a := &accounts[i]
		if a.denied == 0 {
			continue
		}
		if why := cmp.Or(a.unknown, a.refusalsUnknown); why != "" {
			q.unknown = fmt.Sprintf("%s %d: %s", what, a.id, why)
			continue
		}
		q.judged += a.spurious(m, func(c *debit, s headroom) {
			if unsure != "" {
				q.unknown = "a refusal is not explained, but " + unsure
				return
			}
			q.add(int(c.purchase), m.Purchases[c.purchase].RefusedAt, s.least)
		})
	}
	if m.TimesUnusable != "" {
		q.unknown = m.TimesUnusable
	}
}

// showSpurious fills in the formula for one refusal that nothing explains.
func spuriousCounterexample(m *history.Model, deed int, accounts []resource, reason, having string) Counterexample {
	var c Counterexample
	for i := range accounts {
		a := &accounts[i]
		if a.unknown != "" {
			continue
		}
		a.spurious(m, func(cl *debit, s headroom) {
			if int(cl.purchase) != deed {
				return
			}
			d := &m.Purchases[deed]
			c = Counterexample{Key: m.Keys[d.Key].Name, Attempts: attemptLines(m, int32(deed))}
			c.Says = fmt.Sprintf("%s was refused as %s although enough must have been left", describePurchase(m, d), reason)
			c.Formula = fmt.Sprintf("%d "+having+" − %d bought or perhaps bought until the answer − %d perhaps held meanwhile by purchases that were refused = %d ≥ %d asked for",
				a.initial, a.id, s.permanent, s.passing, s.least, cl.amount)
		})
	}
	return c
}
