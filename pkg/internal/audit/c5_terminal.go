package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// c5 wants every order to come to an end: within Options.Settle after the last
// answer of the load no order is pending any more.
func c5(w *world) inquiry {
	q := inquiry{none: "the state has no order of this run"}
	q.unknown, q.beyond = w.settledOrders()
	if q.unknown != "" {
		return q
	}
	limit := sum{value: w.lastEnd}
	limit.add(int64(w.o.settle()))
	read, known := nanos(w.e.After.At)
	for i := range w.orders {
		if w.repeat[i] || w.origin[i] == earlier || w.origin[i] == foreign {
			continue
		}
		switch {
		case w.orders[i].Status.Terminal():
			q.judged++
		case known && read >= limit.value:
			q.judged++
			q.add(i, int64(i), 1)
		case !known:
			q.unknown = fmt.Sprintf("%d orders are pending, and it is not known when the state was read", w.pending)
		default:
			q.unknown = fmt.Sprintf("%d orders were pending %s after the last answer; they have %s", w.pending, ms(read-w.lastEnd), w.o.settle())
		}
	}
	late := w.late(&q, limit.value)
	q.show = func(ref int) Counterexample {
		if ref < len(w.orders) {
			return w.showPending(&w.orders[ref], read-w.lastEnd, w.owner[ref])
		}
		l := late[ref-len(w.orders)]
		return w.showPending(l.order, l.asked-w.lastEnd, none)
	}
	return q
}

// lateOrder is an order that a sample saw pending too late.
type lateOrder struct {
	order *purchase.Order
	asked int64
}

// late judges samples that were taken after the limit, of orders that the state
// has as terminal by now; refs come after the orders.
func (w *world) late(q *inquiry, limit int64) []lateOrder {
	var list []lateOrder
	seen := map[string]bool{}
	for s := range w.e.Samples {
		asked, known := nanos(w.e.Samples[s].Asked)
		if !known || asked < limit {
			continue
		}
		for n := range w.e.Samples[s].Orders {
			o := &w.e.Samples[s].Orders[n]
			id, known := w.idOf[o.OrderID]
			i := int32(none)
			if known {
				i = w.at(id)
			}
			if o.Status.Terminal() || seen[o.OrderID] || i == none || w.origin[i] != ours || !w.orders[i].Status.Terminal() {
				continue
			}
			seen[o.OrderID] = true
			q.add(len(w.orders)+len(list), int64(i), 1)
			list = append(list, lateOrder{o, asked})
		}
	}
	return list
}

func (w *world) showPending(o *purchase.Order, since int64, owner int32) Counterexample {
	c := Counterexample{Key: o.IdempotencyKey, OrderID: o.OrderID, State: []string{orderLine(o)}}
	for i := range o.Steps {
		if len(c.State) < mostLines {
			c.State = append(c.State, stepLine(&o.Steps[i]))
		}
	}
	if owner != none {
		c.Attempts = w.lines(owner)
	}
	c.Says = fmt.Sprintf("order %s is still %s", o.OrderID, orNone(string(o.Status)))
	c.Formula = fmt.Sprintf("%s after the last answer, want an end within %s", ms(since), w.o.settle())
	return c
}
