package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// c4 wants answers and state to agree: what was confirmed is CONFIRMED and is what
// was asked for, what was refused is not, and every order was asked for.
func answersMatchState(m *history.Model) ruling {
	q := ruling{none: "there is neither an order of this run nor a definite answer"}
	q.unknown, q.beyond = m.ComparableOrders()
	if q.unknown != "" {
		return q
	}
	for n := range m.Purchases {
		judgeAnswer(m, &q, n)
	}
	for i := range m.Orders {
		judgeOrder(m, &q, i)
	}
	n := len(m.Purchases)
	q.show = func(ref int) Counterexample {
		if ref < n {
			return answerCounterexample(m, ref)
		}
		return orderCounterexample(m, ref-n)
	}
	return q
}

// answered judges the definite answer of a purchase; refs are deeds.
func judgeAnswer(m *history.Model, q *ruling, n int) {
	p := &m.Purchases[n]
	if p.ConfirmedAt == history.Forever && p.RefusedAt == history.Forever {
		return
	}
	o, known := m.OrderOf(p)
	switch {
	case p.ConfirmedAt < history.Forever && o == nil:
		switch {
		case !known:
			q.unknown = fmt.Sprintf("the order of %s cannot be told: neither the answer nor the state connects them", describePurchase(m, p))
		case m.ReadBefore(p.ConfirmedAt) != "":
			q.unknown = m.ReadBefore(p.ConfirmedAt)
		default:
			q.judged++
			q.add(n, p.ConfirmedAt, 2)
		}
	case p.ConfirmedAt < history.Forever && !o.Status.Terminal():
		q.unknown = fmt.Sprintf("%d orders are still pending", m.Pending)
	case p.ConfirmedAt < history.Forever:
		q.judged++
		if !history.IsConfirmed(o) || !p.Matches(o) {
			q.add(n, p.ConfirmedAt, 2)
		}
	case m.RefusesPurchase(p, p.Refusal):
		q.judged++
		if o != nil && history.IsConfirmed(o) && p.Matches(o) {
			q.add(n, p.RefusedAt, 3)
		}
	}
}

// asked judges whether somebody asked for an order; refs are orders after deeds.
func judgeOrder(m *history.Model, q *ruling, i int) {
	if m.Repeated[i] || m.Origins[i] == history.Earlier || m.Origins[i] == history.Foreign {
		if m.Origins[i] == history.Foreign {
			q.unknown = fmt.Sprintf("%d orders in the state are older or younger than this run's, and nobody read the state before the run: whether they are the service's own invention is not known", m.ForeignCount)
		}
		return
	}
	o := &m.Orders[i]
	switch {
	case m.PurchaseOf[i] == history.None && m.Incomplete != "":
		q.unknown = fmt.Sprintf("nobody is known to have bought order %s as it is, but %s", o.OrderID, m.Incomplete)
	case m.KeyOf[i] == history.None:
		q.judged++
		q.add(len(m.Purchases)+i, createdAt(m, o), 4)
	case m.PurchaseOf[i] == history.None && confirmedUnderKey(m, i): // told where its answer is judged
	case m.PurchaseOf[i] == history.None: // the key was sent, but for something else
		q.judged++
		q.add(len(m.Purchases)+i, createdAt(m, o), 2)
	default:
		q.judged++
	}
}

// confirmedAs reports whether a confirming answer to an order's key named it.
func confirmedUnderKey(m *history.Model, i int) bool {
	id, known := m.OrderIDIndex[m.Orders[i].OrderID]
	return known && int(id) < len(m.NamedByConfirmation) && m.NamedByConfirmation[id] && m.NamedBy(id) == m.KeyOf[i]
}

// when is when an order was created, by the service's own clock.
func createdAt(m *history.Model, o *purchase.Order) int64 {
	ns, _ := history.Nanoseconds(o.CreatedAt)
	return ns
}

func answerCounterexample(m *history.Model, n int) Counterexample {
	p := &m.Purchases[n]
	c := Counterexample{Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, int32(n))}
	o, _ := m.OrderOf(p)
	switch {
	case o == nil:
		c.Says = describePurchase(m, p) + " was confirmed, but the state has no such order"
	case p.ConfirmedAt < history.Forever && !history.IsConfirmed(o):
		c.Says = fmt.Sprintf("%s was confirmed, but the state says %s", describePurchase(m, p), o.Status)
	case p.ConfirmedAt < history.Forever:
		c.Says = fmt.Sprintf("%s was confirmed, but the order in the state is another: user %d, %d × product %d", describePurchase(m, p), o.UserID, o.Quantity, o.ProductID)
	default:
		c.Says = fmt.Sprintf("%s was refused (%s), but the state has it confirmed", describePurchase(m, p), p.Refusal)
	}
	if o != nil {
		c.OrderID, c.State = o.OrderID, []string{orderLine(o)}
	} else if p.AnsweredOrderID != history.None {
		c.OrderID = m.OrderIDs[p.AnsweredOrderID]
	}
	return c
}

func orderCounterexample(m *history.Model, i int) Counterexample {
	o := &m.Orders[i]
	c := Counterexample{Key: o.IdempotencyKey, OrderID: o.OrderID, State: []string{orderLine(o)}}
	if k := m.KeyOf[i]; k != history.None {
		c.Says = fmt.Sprintf("order %s was made under key %s, which was sent for something else", o.OrderID, orNone(o.IdempotencyKey))
		c.Attempts = attemptLines(m, purchasesOf(m, k)...)
		return c
	}
	c.Says = fmt.Sprintf("order %s was made under key %s, which no stage given here has sent", o.OrderID, orNone(o.IdempotencyKey))
	if !m.Evidence.Sealed {
		c.Says += ": the service invented it, or another client bought at the same time, whose stages have to be given, too"
	}
	return c
}
