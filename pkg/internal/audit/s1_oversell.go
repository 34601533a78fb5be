package audit

import "fmt"

// s1 wants no more to be sold than there was.
func s1(w *world) inquiry {
	q := inquiry{unknown: w.noStock, beyond: w.answersOnly(), none: "nothing was confirmed"}
	if w.noStock != "" {
		return q
	}
	accounts := w.byProduct()
	w.overdraw(&q, accounts, "product")
	q.show = func(ref int) Counterexample {
		return w.showOverdrawn(ref, accounts, "pieces of product %d in stock", "sold")
	}
	return q
}

// overdraw judges confirmed purchases against accounts; refs are deeds.
func (w *world) overdraw(q *inquiry, accounts []account, what string) {
	for i := range accounts {
		a := &accounts[i]
		if a.sold == 0 {
			continue
		}
		if a.unknown != "" {
			q.unknown = fmt.Sprintf("%s %d: %s", what, a.id, a.unknown)
			continue
		}
		q.judged += a.overdrawn(func(c *claim, taken int64) { q.add(int(c.deed), c.to, taken) })
	}
}

// showOverdrawn fills in the formula for one purchase that was not covered.
func (w *world) showOverdrawn(deed int, accounts []account, having, verb string) Counterexample {
	var c Counterexample
	for i := range accounts {
		a := &accounts[i]
		if a.unknown != "" {
			continue
		}
		earlier := 0
		for _, claim := range a.claims {
			if claim.fate == done && claim.to < w.deeds[deed].from {
				earlier++
			}
		}
		a.overdrawn(func(cl *claim, taken int64) {
			if int(cl.deed) != deed {
				return
			}
			d := &w.deeds[deed]
			c = Counterexample{Key: w.keys[d.key].name, Attempts: w.lines(int32(deed))}
			if d.named != none {
				c.OrderID = w.ids[d.named]
			}
			there := "was confirmed although there was not enough left"
			if cl.resolved {
				there = "got no answer, but the state has it confirmed although there was not enough left"
			}
			c.Says = w.who(d) + " " + there
			c.Formula = fmt.Sprintf("%d "+having+" − %d %s with it = %d < 0; %d purchases had been confirmed before it was sent",
				a.initial, a.id, taken, verb, a.initial-taken, earlier)
		})
	}
	return c
}
