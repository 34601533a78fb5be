package audit

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit/history"
)

// ruleK1 wants one order per key, however often it was sent: all confirming answers
// name the same order, and the state has no second one that was not cancelled.
var ruleK1 = rule{
	id: "K1", title: "a key leads to one order",
	one: "key that was sent or confirmed more than once", many: "keys that were sent or confirmed more than once",
	restsOnFaults: true,
	judge:         oneOrderPerKey,
}

// oneOrderPerKey applies ruleK1; refs are keys.
func oneOrderPerKey(m *history.Model) ruling {
	q := ruling{none: "no key was confirmed twice, nor was one sent again whose orders the state shows"}
	state, _ := m.ComparableOrders()
	for k := range m.Keys {
		named, at, replies := confirmedOrderIDs(m, int32(k))
		live := 0
		if state == "" {
			live = int(m.Keys[k].LiveOrders)
		}
		if replies < 2 && (m.Keys[k].Sent < 2 || state != "") && live < 2 {
			continue
		}
		q.judged++
		if n := max(len(named), live); n > 1 {
			q.add(k, at, int64(n))
		}
	}
	q.show = func(k int) Counterexample { return twoOrdersCounterexample(m, int32(k)) }
	return q
}

// confirmedOrderIDs lists the orders that a key's confirming answers name, with the
// time of the last one and the number of answers that name one.
func confirmedOrderIDs(m *history.Model, k int32) (ids []int32, at int64, replies int) {
	for d := m.Keys[k].First; d != history.None; d = m.Purchases[d].NextOfKey {
		if m.Purchases[d].Confirmations == 0 {
			at = max(at, m.Purchases[d].LastEnd)
			continue
		}
		for _, i := range m.AttemptsOf(d) {
			a := &m.Attempts[i]
			if a.Meaning != history.Confirmed || a.OrderID == history.None {
				continue
			}
			replies++
			at = max(at, a.End)
			if len(ids) < mostLines && !slices.Contains(ids, a.OrderID) {
				ids = append(ids, a.OrderID)
			}
		}
	}
	return ids, at, replies
}

func twoOrdersCounterexample(m *history.Model, k int32) Counterexample {
	ids, _, _ := confirmedOrderIDs(m, k)
	name := m.Keys[k].Name
	c := Counterexample{Key: name, Attempts: attemptLines(m, purchasesOf(m, k)...), State: orderLines(m, k)}
	if len(ids) > 1 {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = m.OrderIDs[id]
		}
		c.OrderID = names[1]
		c.Says = fmt.Sprintf("key %s was sent as one purchase and confirmed as %d orders: %s", orNone(name), len(ids), strings.Join(names, ", "))
		return c
	}
	c.Says = fmt.Sprintf("key %s was sent as one purchase, and the state has %d orders for it that are not cancelled", orNone(name), m.Keys[k].LiveOrders)
	return c
}

// orderLines lists the orders of the state that belong to a key.
func orderLines(m *history.Model, k int32) []string {
	var lines []string
	for i := range m.Orders {
		if m.KeyOf[i] == k && !m.Repeated[i] && len(lines) < mostLines {
			lines = append(lines, orderLine(&m.Orders[i]))
		}
	}
	return lines
}
