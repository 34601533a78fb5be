package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// ruleK4 wants an order id to belong to one key: no two answers name it under
// different keys, and the state shows no other key for it. Purchases without a key count
// where they got another's order, and else not. A service that was reset during the run
// may give the ids of before again.
var ruleK4 = rule{
	id: "K4", title: "an order belongs to one key",
	one: "purchase that was answered with an order", many: "purchases that were answered with an order",
	judge: oneKeyPerOrder,
}

// oneKeyPerOrder applies ruleK4; refs are attempts.
func oneKeyPerOrder(m *history.Model) ruling {
	q := ruling{none: "fewer than two keys were answered with an order"}
	for n := range m.Purchases {
		named, alien := false, int32(history.None)
		for _, i := range m.AnswersOf(int32(n)) {
			id := m.All[i].OrderID
			if id == history.None {
				continue
			}
			named = true
			if m.NamedBy(id) != m.Purchases[n].Key || stateNamesOtherKey(m, id, m.Purchases[n].Key) {
				alien = i
			}
		}
		if named && m.Keys[m.Purchases[n].Key].Name != "" {
			q.judged++
		}
		switch {
		case alien != history.None && m.NotThisRun != "": // ids begin anew
			q.unknown = m.NotThisRun
		case alien != history.None:
			q.add(int(alien), m.All[alien].End, 1)
		}
	}
	if q.judged < 2 && q.count == 0 {
		q.judged = 0
	}
	q.show = func(i int) Counterexample { return sharedOrderCounterexample(m, &m.All[i]) }
	return q
}

// stateNamesOtherKey reports whether the state shows another key for an order.
func stateNamesOtherKey(m *history.Model, id, k int32) bool {
	i := m.Row(id)
	if i == history.None || m.NotThisRun != "" {
		return false
	}
	name := m.Orders[i].IdempotencyKey
	return name != "" && m.Keys[k].Name != "" && name != m.Keys[k].Name && !m.IsKeyOf(name, k)
}

func sharedOrderCounterexample(m *history.Model, a *history.Attempt) Counterexample {
	p := &m.Purchases[a.Purchase]
	id := m.OrderIDs[a.OrderID]
	c := Counterexample{Key: m.Keys[p.Key].Name, OrderID: id, Attempts: []AttemptLine{attemptLine(m, a)}}
	if i := m.Row(a.OrderID); i != history.None {
		c.State = append(c.State, orderLine(&m.Orders[i]))
	}
	other := m.NamedBy(a.OrderID)
	if other == p.Key {
		c.Says = fmt.Sprintf("order %s was the answer to key %s, but the state says that it belongs to key %s", id, orNone(c.Key), m.Orders[m.Row(a.OrderID)].IdempotencyKey)
		return c
	}
	c.Says = fmt.Sprintf("order %s was the answer to key %s and to key %s", id, orNone(m.Keys[other].Name), orNone(c.Key))
	for i := range m.All {
		if x := &m.All[i]; x.OrderID == a.OrderID && m.Purchases[x.Purchase].Key == other && x.Part != history.Prepares && x.Part != history.AsksStep {
			c.Attempts = append([]AttemptLine{attemptLine(m, x)}, c.Attempts...)
			break
		}
	}
	return c
}
