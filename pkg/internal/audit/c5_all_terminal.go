package audit

import (
	"fmt"
	"time"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC5 wants every order of the run to be terminal within Options.Settle after the
// last answer, and seen so within the lag that the service declares for its reads. A
// state that was changing while it was read may show what had ended long before: then
// the lag that is allowed without a declaration counts, too. What a purchase left that ended
// between its steps need not end.
var ruleC5 = rule{
	id: "C5", title: "every order reaches a terminal status",
	one: "order", many: "orders",
	restsOnFaults: true,
	judge:         ordersTerminate,
}

// ordersTerminate applies ruleC5; refs are orders, then late samples.
func ordersTerminate(m *history.Model) ruling {
	q := ruling{none: "the state has no order of this run"}
	q.unknown, q.beyond = m.ComparableOrders()
	if q.unknown != "" {
		return q
	}
	limit := settledBy(m)
	read, known := history.Nanoseconds(m.Evidence.After.At)
	pending := m.OwnPending() - m.Left
	for i := range m.Orders {
		if !m.IsOwn(i) {
			continue
		}
		left, perhaps := m.LeftBehind(i)
		switch {
		case left:
		case perhaps:
			q.unknown = fmt.Sprintf("whether order %s was to be ended is not known: the attempt at the last step had no answer, and need not have arrived", m.Orders[i].OrderID)
		case m.Orders[i].Status.Terminal():
			q.judged++
		case m.PerhapsNotOurs(i):
			q.unknown = m.OrderPerhapsOfOthers(i)
		case known && read >= limit.Value && !limit.Overflow:
			q.judged++
			q.add(i, int64(i), 1)
		case m.Moving != "":
			q.unknown = m.Moving
		case !known:
			q.unknown = history.Counted(pending, "order is", "orders are") + " pending, and it is not known when the state was read"
		default:
			q.unknown = fmt.Sprintf("%s pending %s after the last answer; the limit is %s", history.Counted(pending, "order was", "orders were"), history.FormatMS(read-m.LastAnswer), time.Duration(limit.Value-m.LastAnswer))
		}
	}
	if m.Moving != "" && q.unknown == "" {
		q.unknown = m.Moving
	}
	late := pendingTooLate(m, &q, limit.Value)
	q.show = func(ref int) Counterexample {
		if ref < len(m.Orders) {
			return pendingCounterexample(m, &m.Orders[ref], read-m.LastAnswer, m.PurchaseOf[ref])
		}
		l := late[ref-len(m.Orders)]
		return pendingCounterexample(m, l.order, l.asked-m.LastAnswer, history.None)
	}
	return q
}

// settledBy returns when the last order has to be seen as terminal.
func settledBy(m *history.Model) history.Sum {
	limit := history.Sum{Value: m.LastAnswer}
	limit.Add(int64(m.Options.SettleTime()))
	lag, declared := m.DeclaredLag()
	if !declared && m.Evidence.After.Unsettled != "" {
		lag = m.ReadAllowance()
	}
	limit.Add(int64(lag))
	return limit
}

// lateOrder is an order that a sample showed as pending after the limit.
type lateOrder struct {
	order *purchase.Order
	asked int64
}

// pendingTooLate judges samples that were taken after the limit, of orders that the
// state shows as terminal by now; refs come after the orders.
func pendingTooLate(m *history.Model, q *ruling, limit int64) []lateOrder {
	var list []lateOrder
	seen := map[string]bool{}
	for s := range m.Evidence.Samples {
		asked, known := history.Nanoseconds(m.Evidence.Samples[s].Asked)
		if !known || asked < limit {
			continue
		}
		for n := range m.Evidence.Samples[s].Orders {
			o := &m.Evidence.Samples[s].Orders[n]
			id, known := m.OrderIDIndex[o.OrderID]
			i := int32(history.None)
			if known {
				i = m.Row(id)
			}
			if o.Status.Terminal() || seen[o.OrderID] || i == history.None || m.Origins[i] != history.Ours || m.PerhapsOfOthers(int(i)) || !m.Orders[i].Status.Terminal() {
				continue
			}
			seen[o.OrderID] = true
			q.add(len(m.Orders)+len(list), int64(i), 1)
			list = append(list, lateOrder{o, asked})
		}
	}
	return list
}

func pendingCounterexample(m *history.Model, o *purchase.Order, since int64, owner int32) Counterexample {
	c := Counterexample{Key: o.IdempotencyKey, OrderID: o.OrderID, State: []string{orderLine(o)}}
	for i := range o.Steps {
		if len(c.State) < mostLines {
			c.State = append(c.State, stepLine(&o.Steps[i]))
		}
	}
	if owner != history.None {
		c.Attempts = attemptLines(m, owner)
	}
	c.Says = fmt.Sprintf("order %s is still %s", o.OrderID, orNone(string(o.Status)))
	c.Formula = fmt.Sprintf("%s after the last answer, want an end within %s", history.FormatMS(since), m.Options.SettleTime())
	return c
}
