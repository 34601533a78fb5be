package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// c4 wants answers and state to agree: what was confirmed is CONFIRMED and is what
// was asked for, what was refused is not, and every order was asked for.
func c4(w *world) inquiry {
	q := inquiry{none: "there is neither an order of this run nor a definite answer"}
	q.unknown, q.beyond = w.settledOrders()
	if q.unknown != "" {
		return q
	}
	for n := range w.deeds {
		w.answered(&q, n)
	}
	for i := range w.orders {
		w.asked(&q, i)
	}
	n := len(w.deeds)
	q.show = func(ref int) Counterexample {
		if ref < n {
			return w.showAnswered(ref)
		}
		return w.showAsked(ref - n)
	}
	return q
}

// answered judges the definite answer of a purchase; refs are deeds.
func (w *world) answered(q *inquiry, n int) {
	d := &w.deeds[n]
	if d.ok == forever && d.no == forever {
		return
	}
	o, known := w.orderOf(d)
	switch {
	case d.ok < forever && o == nil:
		switch {
		case !known:
			q.unknown = fmt.Sprintf("the order of %s cannot be told: neither the answer nor the state connects them", w.who(d))
		case w.unread(d.ok) != "":
			q.unknown = w.unread(d.ok)
		default:
			q.judged++
			q.add(n, d.ok, 2)
		}
	case d.ok < forever && !o.Status.Terminal():
		q.unknown = fmt.Sprintf("%d orders are still pending", w.pending)
	case d.ok < forever:
		q.judged++
		if !confirmed(o) || !d.same(o) {
			q.add(n, d.ok, 2)
		}
	case w.bindsDeed(d):
		q.judged++
		if o != nil && confirmed(o) && d.same(o) {
			q.add(n, d.no, 3)
		}
	}
}

// bindsDeed reports whether a deed was refused, and not just its key.
func (w *world) bindsDeed(d *deed) bool { return w.binds(d, d.means) }

// orderOf finds the order of a purchase; known is false when it could not be
// found even if it were there.
func (w *world) orderOf(d *deed) (o *purchase.Order, known bool) {
	if d.named != none {
		if i := w.at(d.named); i != none {
			return &w.orders[i], true
		}
	}
	if d.order != none {
		return &w.orders[d.order], true
	}
	return nil, d.named != none || w.keysShown && w.keys[d.key].name != ""
}

// unread is why an answer that came at a time cannot be expected in the state.
func (w *world) unread(at int64) string {
	if read, known := nanos(w.e.After.At); known && read < at {
		return w.early
	}
	return ""
}

// asked judges whether somebody asked for an order; refs are orders after deeds.
func (w *world) asked(q *inquiry, i int) {
	if w.repeat[i] || w.origin[i] == earlier || w.origin[i] == foreign {
		if w.origin[i] == foreign {
			q.unknown = fmt.Sprintf("%d orders in the state are older or younger than this run's, and nobody read the state before the run: whether they are the service's own invention is not known", w.others)
		}
		return
	}
	o := &w.orders[i]
	switch {
	case w.owner[i] == none && w.incomplete != "":
		q.unknown = fmt.Sprintf("nobody is known to have bought order %s as it is, but %s", o.OrderID, w.incomplete)
	case w.keyed[i] == none:
		q.judged++
		q.add(len(w.deeds)+i, w.when(o), 4)
	case w.owner[i] == none && w.confirmedAs(i): // told where its answer is judged
	case w.owner[i] == none: // the key was sent, but for something else
		q.judged++
		q.add(len(w.deeds)+i, w.when(o), 2)
	default:
		q.judged++
	}
}

// confirmedAs reports whether a confirming answer to an order's key named it.
func (w *world) confirmedAs(i int) bool {
	id, known := w.idOf[w.orders[i].OrderID]
	return known && int(id) < len(w.confirms) && w.confirms[id] && w.told(id) == w.keyed[i]
}

// when is when an order was created, by the service's own clock.
func (w *world) when(o *purchase.Order) int64 {
	ns, _ := nanos(o.CreatedAt)
	return ns
}

func (w *world) showAnswered(n int) Counterexample {
	d := &w.deeds[n]
	c := Counterexample{Key: w.keys[d.key].name, Attempts: w.lines(int32(n))}
	o, _ := w.orderOf(d)
	switch {
	case o == nil:
		c.Says = w.who(d) + " was confirmed, but the state has no such order"
	case d.ok < forever && !confirmed(o):
		c.Says = fmt.Sprintf("%s was confirmed, but the state says %s", w.who(d), o.Status)
	case d.ok < forever:
		c.Says = fmt.Sprintf("%s was confirmed, but the order in the state is another: user %d, %d × product %d", w.who(d), o.UserID, o.Quantity, o.ProductID)
	default:
		c.Says = fmt.Sprintf("%s was refused (%s), but the state has it confirmed", w.who(d), d.means)
	}
	if o != nil {
		c.OrderID, c.State = o.OrderID, []string{orderLine(o)}
	} else if d.named != none {
		c.OrderID = w.ids[d.named]
	}
	return c
}

func (w *world) showAsked(i int) Counterexample {
	o := &w.orders[i]
	c := Counterexample{Key: o.IdempotencyKey, OrderID: o.OrderID, State: []string{orderLine(o)}}
	if k := w.keyed[i]; k != none {
		c.Says = fmt.Sprintf("order %s was made under key %s, which was sent for something else", o.OrderID, orNone(o.IdempotencyKey))
		c.Attempts = w.lines(w.deedsOf(k)...)
		return c
	}
	c.Says = fmt.Sprintf("order %s was made under key %s, which no stage given here has sent", o.OrderID, orNone(o.IdempotencyKey))
	if !w.e.Sealed {
		c.Says += ": the service invented it, or another client bought at the same time, whose stages have to be given, too"
	}
	return c
}
