package audit

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC8 wants an order that was acknowledged, by an answer that confirms or refuses the
// purchase and names it, or by a read, to be in every later read: in one of the order
// alone, once the time is over by which reads may be late, and in the list of all at the
// end, unless that may be late (history.Model.ReadBefore). An order that the
// list shows is acknowledged by it.
//
// An order that was accepted, and not ended, is acknowledged where the state has another one that
// an answer which accepted named: else this may name the request.
//
// A 404 proves nothing where the service does not offer reads of single orders.
var ruleC8 = rule{
	id: "C8", title: "an acknowledged order is in every later read",
	one: "read of an acknowledged order", many: "reads of acknowledged orders",
	restsOnFaults: true,
	judge:         acknowledgedOrderKept,
}

// acknowledgedOrderKept applies ruleC8; refs are order ids, then orders that are
// listed and not found alone, by id, then acknowledged orders answered with 404.
func acknowledgedOrderKept(m *history.Model) ruling {
	q := ruling{none: "no order was acknowledged and looked for later"}
	why, beyond := m.ComparableOrders()
	known := acknowledgements(m)
	ids := len(m.OrderIDs)
	gone := judgeNotFound(m, &q, 2*ids, known)
	judgeUnreadable(m, &q, ids, known)
	if why != "" {
		q.unknown, q.beyond = why, beyond && q.judged == 0
		if q.judged > 0 && m.NotThisRun == "" {
			q.unknown, q.note = "", "the list of orders was not judged: "+why
		}
	} else {
		judgeList(m, &q, known)
	}
	q.note = cmp.Or(q.note, m.Evidence.SamplesDamaged)
	q.show = func(ref int) Counterexample {
		switch {
		case ref < ids:
			return lostCounterexample(m, int32(ref), known[ref], unlisted(m, known, known[ref].at))
		case ref < 2*ids:
			return unreadableCounterexample(m, int32(ref-ids))
		}
		g := gone[ref-2*ids]
		return lostCounterexample(m, g.id, known[g.id], fmt.Sprintf("GET /orders/{id} answered 404 %s after that", history.FormatMS(g.asked-known[g.id].at)))
	}
	return q
}

// acknowledged is when an order was first known to exist, Forever if never, and by
// what.
type acknowledged struct {
	at      int64
	attempt int32 // the answer, or None when a read showed it
}

// begun returns when the order was begun at the earliest, 0 when that is not known.
func (a acknowledged) begun(m *history.Model) int64 {
	if a.attempt == history.None {
		return 0
	}
	return m.Purchases[m.All[a.attempt].Purchase].FirstSent
}

// acknowledges reports whether an answer says that the order it names was made.
func acknowledges(a *history.Attempt) bool {
	if a.Part == history.Prepares || a.Part == history.AsksStep {
		return false // a cart, which need not be an order
	}
	return a.OrderID != history.None && (a.Meaning == history.Confirmed || a.Meaning.IsRefusal() && a.Meaning != history.Invalid)
}

// acceptsOrders reports whether answers that accept a purchase name its order: the state has one
// of them.
func acceptsOrders(m *history.Model) bool {
	return slices.ContainsFunc(m.Attempts, func(a history.Attempt) bool {
		return a.Meaning == history.Pending && a.OrderID != history.None && m.Row(a.OrderID) != history.None
	})
}

// acknowledgements returns by order id when it was acknowledged.
func acknowledgements(m *history.Model) []acknowledged {
	known := make([]acknowledged, len(m.OrderIDs))
	for i := range known {
		known[i] = acknowledged{history.Forever, history.None}
	}
	accepts := acceptsOrders(m)
	for i := range m.All {
		if a := &m.All[i]; (acknowledges(a) || accepts && a.Part == history.Decides && a.Meaning == history.Pending && a.OrderID != history.None) && a.End < known[a.OrderID].at {
			known[a.OrderID] = acknowledged{a.End, int32(i)}
		}
	}
	steps := m.HasSteps()
	for i := range m.Evidence.Samples {
		at, fine := history.Nanoseconds(m.Evidence.Samples[i].Answered)
		for n := range m.Evidence.Samples[i].Orders {
			id := m.OrderIDIndex[m.Evidence.Samples[i].Orders[n].OrderID]
			if o := &m.Evidence.Samples[i].Orders[n]; steps && !history.IsConfirmed(o) {
				continue // a cart may be dropped
			}
			if fine && at < known[id].at && m.OrderIDs[id] != "" {
				known[id] = acknowledged{at, history.None}
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

// judgeNotFound judges reads of single orders; refs are from base on. What a read may not
// show yet is counted in the note.
func judgeNotFound(m *history.Model, q *ruling, base int, known []acknowledged) []goneOrder {
	var list []goneOrder
	allowed, late := int64(m.ReadAllowance()), 0
	offered := m.OffersOrderCall()
	for i := range m.Evidence.Samples {
		s := &m.Evidence.Samples[i]
		asked, fine := history.Nanoseconds(s.Asked)
		if !fine {
			continue
		}
		for n := range s.Orders {
			if id, there := m.OrderIDIndex[s.Orders[n].OrderID]; there && known[id].at < asked {
				q.judged++
			}
		}
		for _, name := range s.Gone {
			id, there := m.OrderIDIndex[name]
			switch {
			case !there || !offered || known[id].at >= asked || m.NotThisRun != "":
			case asked-known[id].at <= allowed:
				late++
			default:
				q.judged++
				q.add(base+len(list), asked, 1)
				list = append(list, goneOrder{id, asked})
			}
		}
	}
	if late > 0 {
		q.note = fmt.Sprintf("%s an acknowledged order yet, within the %s that reads may be late", history.Counted(late, "read did not show", "reads did not show"), m.ReadAllowance())
	}
	return list
}

// judgeList judges the list of all orders; refs are order ids.
func judgeList(m *history.Model, q *ruling, known []acknowledged) {
	for id := range m.OrderIDs {
		a := known[id]
		if a.at == history.Forever {
			continue
		}
		listed := m.Row(int32(id)) != history.None
		if why := m.ReadBefore(a.begun(m), a.at); why != "" && !listed {
			q.unknown = why
			continue
		}
		q.judged++
		if !listed {
			q.add(id, a.at, 1)
		}
	}
}

// unlisted says that the list at the end lacks an order that was acknowledged at a time,
// and what shows that the list is not late, or leaves out more than that order.
func unlisted(m *history.Model, known []acknowledged, at int64) string {
	how := "GET /orders does not list it"
	if later := m.LaterShown(at); later != "" {
		how += ", although " + later
	}
	if n := refusedOrders(m, known); n > 0 && !slices.ContainsFunc(m.Orders, func(o purchase.Order) bool { return o.Status == purchase.Cancelled }) {
		how += fmt.Sprintf("; it lists no cancelled order at all, although refusals named %d", n)
	}
	return how
}

// refusedOrders counts the orders that only refusals named.
func refusedOrders(m *history.Model, known []acknowledged) (n int) {
	for id, a := range known {
		if a.attempt != history.None && m.All[a.attempt].Meaning.IsRefusal() && !m.WasConfirmed(int32(id)) {
			n++
		}
	}
	return n
}

func lostCounterexample(m *history.Model, id int32, a acknowledged, how string) Counterexample {
	c := Counterexample{OrderID: m.OrderIDs[id]}
	c.Says = fmt.Sprintf("order %s was shown by an earlier read, but %s", c.OrderID, how)
	if a.attempt != history.None {
		t := &m.All[a.attempt]
		c.Key = m.Keys[m.Purchases[t.Purchase].Key].Name
		c.Attempts = attemptLines(m, t.Purchase)
		c.Says = fmt.Sprintf("order %s was confirmed at %s, but %s", c.OrderID, stageTime(m, t, t.End), how)
		switch {
		case t.Meaning == history.Pending:
			c.Says = fmt.Sprintf("order %s was accepted at %s, but %s", c.OrderID, stageTime(m, t, t.End), how)
		case t.Meaning.IsRefusal():
			c.Says = fmt.Sprintf("order %s was named at %s by the refusal of key %s, but %s", c.OrderID, stageTime(m, t, t.End), orNone(c.Key), how)
		}
	}
	return c
}
