package audit

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/purchase"
)

// k1 wants one order for one key, however often it was sent: all confirming
// answers name the same one, and the state has no second one that was not
// cancelled.
func k1(w *world) inquiry {
	q := inquiry{none: "no key was confirmed twice, nor was one sent again that the state could be asked about"}
	state, _ := w.settledOrders()
	for k := range w.keys {
		named, at, replies := w.named(int32(k))
		live := 0
		if state == "" {
			live = int(w.keys[k].live)
		}
		if replies < 2 && (w.keys[k].sent < 2 || state != "") && live < 2 {
			continue
		}
		q.judged++
		if n := max(len(named), live); n > 1 {
			q.add(k, at, int64(n))
		}
	}
	q.show = func(k int) Counterexample { return w.showK1(int32(k)) }
	return q
}

// named lists the orders that a key's confirming answers name, with the time of
// the last one and the number of answers that name one.
func (h *history) named(k int32) (ids []int32, at int64, replies int) {
	for d := h.keys[k].first; d != none; d = h.deeds[d].next {
		if h.deeds[d].replies == 0 {
			at = max(at, h.deeds[d].last)
			continue
		}
		for _, i := range h.of(d) {
			t := &h.tries[i]
			if t.means != Confirmed || t.order == none {
				continue
			}
			replies++
			at = max(at, t.end)
			if len(ids) < mostLines && !slices.Contains(ids, t.order) {
				ids = append(ids, t.order)
			}
		}
	}
	return ids, at, replies
}

func (w *world) showK1(k int32) Counterexample {
	ids, _, _ := w.named(k)
	name := w.keys[k].name
	c := Counterexample{Key: name, Attempts: w.lines(w.deedsOf(k)...), State: w.ordersOf(k)}
	if len(ids) > 1 {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = w.ids[id]
		}
		c.OrderID = names[1]
		c.Says = fmt.Sprintf("key %s was sent as one purchase and confirmed as %d orders: %s", orNone(name), len(ids), strings.Join(names, ", "))
		return c
	}
	c.Says = fmt.Sprintf("key %s was sent as one purchase, and the state has %d orders for it that are not cancelled", orNone(name), w.keys[k].live)
	return c
}

// ordersOf tells the orders of the state that belong to a key.
func (w *world) ordersOf(k int32) []string {
	var lines []string
	for i := range w.orders {
		if w.keyed[i] == k && !w.repeat[i] && len(lines) < mostLines {
			lines = append(lines, orderLine(&w.orders[i]))
		}
	}
	return lines
}

// live reports whether an order may still mean that something was bought.
func live(o *purchase.Order) bool { return o.Status != purchase.Cancelled }
