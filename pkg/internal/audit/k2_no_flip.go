package audit

import "fmt"

// k2 wants a definite answer to stay: a purchase that was confirmed is never
// refused, and the other way round. For a key with several payloads only a lack
// of stock or money counts as a refusal: any other may mean that the key was
// re-used.
func k2(w *world) inquiry {
	q := inquiry{none: "no purchase got two definite answers"}
	for n := range w.deeds {
		d := &w.deeds[n]
		if d.sent < 2 || d.replies == 0 && d.no == forever {
			continue
		}
		answers, flipped := w.answers(int32(n))
		if answers < 2 {
			continue
		}
		q.judged++
		if flipped {
			q.add(n, max(d.ok, d.no), int64(answers))
		}
	}
	q.show = func(n int) Counterexample {
		d := &w.deeds[n]
		how := "confirmed and later refused"
		if d.no < d.ok {
			how = "refused and later confirmed"
		}
		c := Counterexample{Key: w.keys[d.key].name, Attempts: w.lines(int32(n))}
		c.Says = w.who(d) + " was " + how
		c.Formula = fmt.Sprintf("first confirmed %s and first refused (%s) %s after it was sent", ms(d.ok-d.from), d.means, ms(d.no-d.from))
		if d.named != none {
			c.OrderID = w.ids[d.named]
		}
		return c
	}
	return q
}

// answers counts a purchase's definite answers and says whether they differ.
func (h *history) answers(n int32) (count int, flipped bool) {
	var yes, no bool
	for _, i := range h.of(n) {
		m := h.tries[i].means
		switch {
		case m == Confirmed:
			yes = true
		case m.refusal() && h.binds(&h.deeds[n], m):
			no = true
		default:
			continue
		}
		count++
	}
	return count, yes && no
}

// binds reports whether a refusal is one of the purchase itself, and cannot mean
// that its key belongs to another payload.
func (h *history) binds(d *deed, m Meaning) bool {
	return m == NoStock || m == NoMoney || m.refusal() && !h.several(d.key)
}
