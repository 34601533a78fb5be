package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
)

// operationID identifies one operation of the client.
type operationID struct{ stage, operation int32 }

// judgeOperations judges operations whose attempts carried several keys; refs are
// base plus their place in the list. What was judged is then operations, and orders as well
// where those have findings of their own.
func judgeOperations(m *history.Model, q *ruling, base int) []operationID {
	var list []operationID
	orders, operations := q.count, 0
	for i := 0; i < len(m.Attempts); {
		last := i + 1
		for last < len(m.Attempts) && m.Attempts[last].Operation == m.Attempts[i].Operation && m.Attempts[last].Stage == m.Attempts[i].Stage {
			last++
		}
		if m.Attempts[i].Operation != history.None {
			operations++
			if bought := confirmedOrders(m, i, last); bought > 1 {
				q.add(base+len(list), m.Attempts[last-1].End, int64(bought))
				list = append(list, operationID{m.Attempts[i].Stage, m.Attempts[i].Operation})
			}
		}
		i = last
	}
	switch {
	case len(list) == 0:
	case orders == 0:
		q.judged, q.one, q.many = operations, "operation", "operations"
	default:
		q.judged, q.one, q.many = q.judged+operations, "order or operation", "orders and operations"
	}
	return list
}

// confirmedOrders counts the confirmed orders of the attempts from..to, each
// purchase once.
func confirmedOrders(m *history.Model, from, to int) int {
	n := knownConfirmed(m, m.Attempts[from].Purchase)
	var seen map[int32]bool // nil for most operations: all their attempts are one purchase
	for i := from + 1; i < to; i++ {
		d := m.Attempts[i].Purchase
		if d == m.Attempts[i-1].Purchase || seen[d] {
			continue
		}
		if seen == nil {
			seen = map[int32]bool{m.Attempts[i-1].Purchase: true}
		}
		seen[d] = true
		n += knownConfirmed(m, d)
	}
	return n
}

// knownConfirmed returns how many confirmed orders certainly belong to a purchase.
func knownConfirmed(m *history.Model, d int32) int {
	if m.Purchases[d].Guessed || m.IsLooseKey(m.Purchases[d].Key) {
		return 0
	}
	return int(m.Purchases[d].ConfirmedOrders)
}

func boughtTwiceCounterexample(m *history.Model, id operationID) Counterexample {
	op := &m.Stages[id.stage].Operations[id.operation]
	var purchases []int32
	c := Counterexample{Key: op.Key, OrderID: op.OrderID}
	n := 0
	for i := range m.Attempts {
		a := &m.Attempts[i]
		if a.Stage != id.stage || a.Operation != id.operation || slices.Contains(purchases, a.Purchase) {
			continue
		}
		purchases = append(purchases, a.Purchase)
		n += knownConfirmed(m, a.Purchase)
		if len(c.State) < mostLines {
			c.State = append(c.State, orderLines(m, m.Purchases[a.Purchase].Key)...)
		}
	}
	c.Attempts = attemptLines(m, purchases...)
	c.Says = fmt.Sprintf("operation %d of stage %s (user %d buys %d × product %d) was bought %d times", op.Index, op.Stage, op.UserID, op.Quantity, op.ProductID, n)
	if len(purchases) > 1 {
		c.Says += ": its attempts carried different keys, so that the service could not know that they were one purchase"
	}
	return c
}
