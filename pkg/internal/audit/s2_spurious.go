package audit

import (
	"cmp"
	"fmt"
)

// s2 wants "out of stock" to be true: legal only if so much may have been taken
// or reserved at the time that the quantity was not left.
func s2(w *world) inquiry {
	q := inquiry{unknown: w.noStock, beyond: w.answersOnly(), none: "no purchase was refused for lack of stock"}
	if w.count(NoStock) == 0 {
		return inquiry{none: q.none}
	}
	if w.noStock != "" {
		return q
	}
	accounts := w.byProduct()
	w.refusals(&q, accounts, "product")
	q.show = func(ref int) Counterexample {
		return w.showSpurious(ref, accounts, "out of stock", "pieces of product %d in stock")
	}
	return q
}

// count counts purchases that were refused for a reason.
func (w *world) count(m Meaning) int {
	n := 0
	for i := range w.deeds {
		if d := &w.deeds[i]; d.no < forever && d.ok == forever && d.means == m {
			n++
		}
	}
	return n
}

// refusals judges refusals against accounts; refs are deeds. Where the history
// may lack purchases an alarm would prove nothing, and the answer is unknown.
func (w *world) refusals(q *inquiry, accounts []account, what string) {
	unsure := w.unsureOfOrder()
	for i := range accounts {
		a := &accounts[i]
		if a.denied == 0 {
			continue
		}
		if why := cmp.Or(a.unknown, a.vague); why != "" {
			q.unknown = fmt.Sprintf("%s %d: %s", what, a.id, why)
			continue
		}
		q.judged += a.spurious(w, func(c *claim, s shortage) {
			if unsure != "" {
				q.unknown = "a refusal is not explained, but " + unsure
				return
			}
			q.add(int(c.deed), w.deeds[c.deed].no, s.least)
		})
	}
	if w.disorder != "" {
		q.unknown = w.disorder
	}
}

// showSpurious fills in the formula for one refusal that nothing explains.
func (w *world) showSpurious(deed int, accounts []account, reason, having string) Counterexample {
	var c Counterexample
	for i := range accounts {
		a := &accounts[i]
		if a.unknown != "" {
			continue
		}
		a.spurious(w, func(cl *claim, s shortage) {
			if int(cl.deed) != deed {
				return
			}
			d := &w.deeds[deed]
			c = Counterexample{Key: w.keys[d.key].name, Attempts: w.lines(int32(deed))}
			c.Says = fmt.Sprintf("%s was refused as %s although enough must have been left", w.who(d), reason)
			c.Formula = fmt.Sprintf("%d "+having+" − %d bought or perhaps bought until the answer − %d perhaps held meanwhile by purchases that were refused = %d ≥ %d asked for",
				a.initial, a.id, s.permanent, s.passing, s.least, cl.amount)
		})
	}
	return c
}
