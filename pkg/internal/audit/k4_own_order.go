package audit

import "fmt"

// k4 wants an order id to belong to one key: no two answers name it under
// different keys, and the state tells no other key for it.
func k4(w *world) inquiry {
	q := inquiry{none: "fewer than two keys were answered with an order"}
	for n := range w.deeds {
		named, alien := false, int32(none)
		for _, i := range w.of(int32(n)) {
			id := w.tries[i].order
			if id == none {
				continue
			}
			named = true
			if w.told(id) != w.deeds[n].key || w.otherKey(id, w.deeds[n].key) {
				alien = i
			}
		}
		if named {
			q.judged++
		}
		if alien != none {
			q.add(int(alien), w.tries[alien].end, 1)
		}
	}
	if q.judged < 2 && q.count == 0 {
		q.judged = 0
	}
	q.show = func(i int) Counterexample { return w.showK4(&w.tries[i]) }
	return q
}

// otherKey reports whether the state tells another key for an order.
func (w *world) otherKey(id, k int32) bool {
	i := w.at(id)
	if i == none || w.stale != "" {
		return false
	}
	name := w.orders[i].IdempotencyKey
	return name != "" && w.keys[k].name != "" && name != w.keys[k].name
}

func (w *world) showK4(t *try) Counterexample {
	d := &w.deeds[t.deed]
	id := w.ids[t.order]
	c := Counterexample{Key: w.keys[d.key].name, OrderID: id, Attempts: []AttemptLine{w.line(t)}}
	if i := w.at(t.order); i != none {
		c.State = append(c.State, orderLine(&w.orders[i]))
	}
	other := w.told(t.order)
	if other == d.key {
		c.Says = fmt.Sprintf("order %s was the answer to key %s, but the state says that it belongs to key %s", id, orNone(c.Key), w.orders[w.at(t.order)].IdempotencyKey)
		return c
	}
	c.Says = fmt.Sprintf("order %s was the answer to key %s and to key %s", id, orNone(w.keys[other].name), orNone(c.Key))
	for i := range w.tries {
		if w.tries[i].order == t.order && w.deeds[w.tries[i].deed].key == other {
			c.Attempts = append([]AttemptLine{w.line(&w.tries[i])}, c.Attempts...)
			break
		}
	}
	return c
}
