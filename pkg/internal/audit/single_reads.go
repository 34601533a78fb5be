package audit

import (
	"fmt"
	"iter"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// singleRead is an order that GET /orders/{id} shows otherwise than the list of all.
type singleRead struct {
	row  int32
	read *purchase.Order
}

// judgeSingleReads compares the orders that were read one by one after the list with the
// list: what is terminal there does not change any more. Refs are base plus the place in
// what is returned. Only orders of the run count.
func judgeSingleReads(m *history.Model, q *ruling, base int) (differ []singleRead) {
	if m.OrdersUnusable != "" || m.NotThisRun != "" || m.Moving != "" || m.TimesUnusable != "" {
		return nil
	}
	seen := map[int32]bool{}
	for s, asked := range readsAfterList(m) {
		for n := range s.Orders {
			id, there := m.OrderIDIndex[s.Orders[n].OrderID]
			row := int32(history.None)
			if there {
				row = m.Row(id)
			}
			if row == history.None || seen[row] || !m.IsOwn(int(row)) || m.PerhapsOfOthers(int(row)) || !m.Orders[row].Status.Terminal() {
				continue
			}
			q.judged++
			if !ReadsAlike(&s.Orders[n], &m.Evidence.After.Orders[row]) {
				seen[row] = true
				q.add(base+len(differ), asked, 2)
				differ = append(differ, singleRead{row, &s.Orders[n]})
			}
		}
	}
	return differ
}

// readsAfterList yields the samples that may not lack what the list of orders shows any more,
// and when they were asked for, in nanoseconds since 1970: later than reads may be late after
// the list was read and after the last answer. An order may have ended just before it was
// listed.
func readsAfterList(m *history.Model) iter.Seq2[*history.Sample, int64] {
	return func(yield func(*history.Sample, int64) bool) {
		began, known := history.Nanoseconds(m.Evidence.After.At)
		if !known {
			return
		}
		ended, _ := history.Nanoseconds(m.Evidence.After.Listed)
		certain := max(began, ended, m.LastAnswer) + int64(m.ReadAllowance())
		for i := range m.Evidence.Samples {
			s := &m.Evidence.Samples[i]
			if asked, fine := history.Nanoseconds(s.Asked); fine && asked > certain && !yield(s, asked) {
				return
			}
		}
	}
}

func singleReadCounterexample(m *history.Model, x singleRead) Counterexample {
	list := &m.Evidence.After.Orders[x.row]
	c := Counterexample{Key: list.IdempotencyKey, OrderID: list.OrderID, Says: readsDiffer(x.read, list)}
	c.State = []string{"in the list: " + orderLine(list), "read alone after it: " + orderLine(x.read)}
	if p := m.PurchaseOf[x.row]; p != history.None {
		c.Attempts = attemptLines(m, p)
	}
	return c
}

// judgeUnreadable judges orders of the run that the list shows and that were not found when
// they were read alone after it, unless an acknowledgement has judged them: refs are order
// ids in m.OrderIDs, from base on.
func judgeUnreadable(m *history.Model, q *ruling, base int, known []acknowledged) {
	if m.OrdersUnusable != "" || m.NotThisRun != "" || m.Moving != "" || m.TimesUnusable != "" || !m.OffersOrderCall() {
		return
	}
	for s, asked := range readsAfterList(m) {
		for _, name := range s.Gone {
			id, there := m.OrderIDIndex[name]
			if !there || known[id].at < asked || m.Row(id) == history.None || !m.IsOwn(int(m.Row(id))) || m.PerhapsOfOthers(int(m.Row(id))) {
				continue
			}
			q.judged++
			q.add(base+int(id), asked, 1)
		}
	}
}

// unreadableCounterexample tells of an order that is listed and cannot be read alone.
func unreadableCounterexample(m *history.Model, id int32) Counterexample {
	o := &m.Orders[m.Row(id)]
	c := Counterexample{Key: o.IdempotencyKey, OrderID: o.OrderID, State: []string{orderLine(o)}}
	c.Says = fmt.Sprintf("GET /orders lists order %s, but GET /orders/{id} answered 404 after that", o.OrderID)
	if p := m.PurchaseOf[m.Row(id)]; p != history.None {
		c.Attempts = attemptLines(m, p)
	}
	return c
}
