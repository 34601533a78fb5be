package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// c8 wants an order that was once acknowledged, by a confirming answer or by a
// read, to be in every later read.
func acknowledgedOrderKept(m *history.Model) ruling {
	q := ruling{none: "no order was acknowledged and looked for later"}
	why, beyond := m.ComparableOrders()
	known := acknowledgements(m)
	gone := judgeNotFound(m, &q, known)
	if why != "" {
		q.unknown, q.beyond = why, beyond && q.judged == 0
		if q.judged > 0 {
			q.unknown, q.note = "", "the list of orders was not looked at: "+why
		}
	} else {
		judgeList(m, &q, known)
	}
	q.show = func(ref int) Counterexample {
		if ref < len(m.OrderIDs) {
			return lostCounterexample(m, int32(ref), known[ref], "GET /orders does not list it")
		}
		g := gone[ref-len(m.OrderIDs)]
		return lostCounterexample(m, g.id, known[g.id], fmt.Sprintf("GET /orders/{id} answered 404 %s after that", history.FormatMS(g.asked-known[g.id].at)))
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
func acknowledgements(m *history.Model) []acknowledged {
	known := make([]acknowledged, len(m.OrderIDs))
	for i := range known {
		known[i].at = history.Forever
	}
	for i := range m.Attempts {
		if a := &m.Attempts[i]; a.Meaning == history.Confirmed && a.OrderID != history.None && a.End < known[a.OrderID].at {
			known[a.OrderID] = acknowledged{a.End, int32(i)}
		}
	}
	for i := range m.Evidence.Samples {
		at, fine := history.Nanoseconds(m.Evidence.Samples[i].Answered)
		for n := range m.Evidence.Samples[i].Orders {
			id := m.OrderIDIndex[m.Evidence.Samples[i].Orders[n].OrderID]
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

// gone judges reads of single orders; refs come after the order ids.
func judgeNotFound(m *history.Model, q *ruling, known []acknowledged) []goneOrder {
	var list []goneOrder
	for i := range m.Evidence.Samples {
		s := &m.Evidence.Samples[i]
		asked, fine := history.Nanoseconds(s.Asked)
		for n := range s.Orders {
			if id, there := m.OrderIDIndex[s.Orders[n].OrderID]; there && fine && known[id].at < asked {
				q.judged++
			}
		}
		for _, name := range s.Gone {
			id, there := m.OrderIDIndex[name]
			if there && fine && known[id].at < asked {
				q.judged++
				q.add(len(m.OrderIDs)+len(list), asked, 1)
				list = append(list, goneOrder{id, asked})
			}
		}
	}
	return list
}

// listed judges the list of all orders; refs are order ids.
func judgeList(m *history.Model, q *ruling, known []acknowledged) {
	for id := range m.OrderIDs {
		a := known[id]
		if a.at == history.Forever || m.ReadBefore(a.at) != "" {
			continue
		}
		q.judged++
		if m.Row(int32(id)) == history.None {
			q.add(id, a.at, 1)
		}
	}
}

func lostCounterexample(m *history.Model, id int32, a acknowledged, how string) Counterexample {
	c := Counterexample{OrderID: m.OrderIDs[id]}
	c.Says = fmt.Sprintf("order %s was shown by an earlier read, but %s", c.OrderID, how)
	if a.try != history.None {
		t := &m.Attempts[a.try]
		c.Key = m.Keys[m.Purchases[t.Purchase].Key].Name
		c.Attempts = attemptLines(m, t.Purchase)
		c.Says = fmt.Sprintf("order %s was confirmed at %s, but %s", c.OrderID, stageTime(m, t, t.End), how)
	}
	return c
}
