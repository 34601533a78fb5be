package audit

import "fmt"

// c8 wants an order that was once acknowledged, by a confirming answer or by a
// read, to be in every later read.
func c8(w *world) inquiry {
	q := inquiry{none: "no order was acknowledged and looked for later"}
	why, beyond := w.settledOrders()
	known := w.knownOrders()
	gone := w.gone(&q, known)
	if why != "" {
		q.unknown, q.beyond = why, beyond && q.judged == 0
		if q.judged > 0 {
			q.unknown, q.note = "", "the list of orders was not looked at: "+why
		}
	} else {
		w.listed(&q, known)
	}
	q.show = func(ref int) Counterexample {
		if ref < len(w.ids) {
			return w.showLost(int32(ref), known[ref], "GET /orders does not list it")
		}
		g := gone[ref-len(w.ids)]
		return w.showLost(g.id, known[g.id], fmt.Sprintf("GET /orders/{id} answered 404 %s after that", ms(g.asked-known[g.id].at)))
	}
	return q
}

// acknowledged is when an order was first known to exist, forever if never, and
// how.
type acknowledged struct {
	at  int64
	try int32 // the confirming answer, or none when a read showed it
}

// knownOrders says of each order id when it was acknowledged.
func (w *world) knownOrders() []acknowledged {
	known := make([]acknowledged, len(w.ids))
	for i := range known {
		known[i].at = forever
	}
	for i := range w.tries {
		if t := &w.tries[i]; t.means == Confirmed && t.order != none && t.end < known[t.order].at {
			known[t.order] = acknowledged{t.end, int32(i)}
		}
	}
	for i := range w.e.Samples {
		at, fine := nanos(w.e.Samples[i].Answered)
		for n := range w.e.Samples[i].Orders {
			id := w.idOf[w.e.Samples[i].Orders[n].OrderID]
			if fine && at < known[id].at && w.ids[id] != "" {
				known[id] = acknowledged{at, none}
			}
		}
	}
	return known
}

// goneOrder is an order that a sample did not find.
type goneOrder struct {
	id    int32
	asked int64
}

// gone judges reads of single orders; refs come after the order ids.
func (w *world) gone(q *inquiry, known []acknowledged) []goneOrder {
	var list []goneOrder
	for i := range w.e.Samples {
		s := &w.e.Samples[i]
		asked, fine := nanos(s.Asked)
		for n := range s.Orders {
			if id, there := w.idOf[s.Orders[n].OrderID]; there && fine && known[id].at < asked {
				q.judged++
			}
		}
		for _, name := range s.Gone {
			id, there := w.idOf[name]
			if there && fine && known[id].at < asked {
				q.judged++
				q.add(len(w.ids)+len(list), asked, 1)
				list = append(list, goneOrder{id, asked})
			}
		}
	}
	return list
}

// listed judges the list of all orders; refs are order ids.
func (w *world) listed(q *inquiry, known []acknowledged) {
	for id := range w.ids {
		a := known[id]
		if a.at == forever || w.unread(a.at) != "" {
			continue
		}
		q.judged++
		if w.at(int32(id)) == none {
			q.add(id, a.at, 1)
		}
	}
}

func (w *world) showLost(id int32, a acknowledged, how string) Counterexample {
	c := Counterexample{OrderID: w.ids[id]}
	c.Says = fmt.Sprintf("order %s was shown by an earlier read, but %s", c.OrderID, how)
	if a.try != none {
		t := &w.tries[a.try]
		c.Key = w.keys[w.deeds[t.deed].key].name
		c.Attempts = w.lines(t.deed)
		c.Says = fmt.Sprintf("order %s was confirmed at %s, but %s", c.OrderID, w.clock(t, t.end), how)
	}
	return c
}
