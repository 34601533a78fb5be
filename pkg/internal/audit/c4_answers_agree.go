package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC4 wants answers and state to agree: what was confirmed is CONFIRMED with the
// same payload, what was refused is not, a confirming answer says what was asked for
// and the amount of the order, each order belongs to a purchase that was sent, and one
// that is read alone is as in the list.
//
// Polls are answers, too. A purchase that ended between its steps, of which the one that decides
// was never sent, is not confirmed.
//
// Where others may have used the service, orders that the run did not send may be
// theirs, and are unknown.
var ruleC4 = rule{
	id: "C4", title: "answers and state agree, and every order was asked for",
	one: "answer or order", many: "answers and orders",
	restsOnFaults: true,
	judge:         answersMatchState,
}

// answersMatchState applies ruleC4; refs are purchases, then orders, then attempts.
func answersMatchState(m *history.Model) ruling {
	q := ruling{none: "there is neither an order of this run nor a definite answer"}
	n, s := len(m.Purchases), len(m.Orders)
	judgeBodies(m, &q, n+s)
	alone := judgeSingleReads(m, &q, n+s+len(m.All))
	q.unknown, q.beyond = m.ComparableOrders()
	if q.unknown == "" {
		for n := range m.Purchases {
			judgeAnswer(m, &q, n)
		}
		for i := range m.Orders {
			judgeOrder(m, &q, i)
		}
		if others := m.OtherTraffic(); others != "" && !(m.Evidence.Sealed && m.Incomplete != "") {
			q.unknown = others
		}
	}
	q.show = func(ref int) Counterexample {
		switch {
		case ref < n:
			return answerCounterexample(m, ref)
		case ref < n+s:
			return orderCounterexample(m, ref-n)
		case ref >= n+s+len(m.All):
			return singleReadCounterexample(m, alone[ref-n-s-len(m.All)])
		}
		return bodyCounterexample(m, int32(ref-n-s))
	}
	return q
}

// judgeAnswer judges the definite answer of a purchase; refs are purchases.
func judgeAnswer(m *history.Model, q *ruling, n int) {
	p := &m.Purchases[n]
	if p.ConfirmedAt == history.Forever && p.RefusedAt == history.Forever {
		if p.Steps.Begun > 0 {
			judgeUndecided(m, q, n)
		}
		return
	}
	o, known := m.OrderOf(p)
	switch {
	case p.ConfirmedAt < history.Forever && o == nil:
		switch {
		case !known:
			q.unknown = fmt.Sprintf("the order of %s cannot be identified: neither the answer nor the state connects them", describePurchase(m, p))
		case m.ReadBefore(p.FirstSent, p.ConfirmedAt) != "":
			q.unknown = m.ReadBefore(p.FirstSent, p.ConfirmedAt)
		default:
			q.judged++
			q.add(n, p.ConfirmedAt, 2)
		}
	case p.ConfirmedAt < history.Forever && !o.Status.Terminal():
		q.unknown = history.Counted(m.Pending, "order is still pending", "orders are still pending")
	case p.ConfirmedAt < history.Forever:
		q.judged++
		if !history.IsConfirmed(o) || !p.Matches(o) {
			q.add(n, p.ConfirmedAt, 2)
		}
	case p.Sent == 0:
		q.judged++
		judgeUndecided(m, q, n)
	case m.RefusesPurchase(p, p.Refusal):
		switch confirmed := o != nil && history.IsConfirmed(o); {
		case confirmed && m.IsLooseKey(p.Key):
			q.unknown = looseKey(m, p.Key)
			return
		case confirmed && p.Guessed && m.Incomplete != "":
			q.unknown = fmt.Sprintf("order %s may be of a refused purchase by its payload alone, but %s", o.OrderID, m.Incomplete)
			return
		case confirmed && p.Guessed && m.BeforeUnknown():
			q.unknown = m.OrderPerhapsOfOthers(int(p.OrderRow))
			return
		}
		q.judged++
		if o != nil && history.IsConfirmed(o) && p.Matches(o) {
			q.add(n, p.RefusedAt, 3)
		}
	}
}

// judgeOrder judges whether an order belongs to a purchase that was sent; refs are
// orders after purchases.
func judgeOrder(m *history.Model, q *ruling, i int) {
	o := &m.Orders[i]
	own, phantom := m.IsOwn(i), m.Evidence.Sealed && !m.Repeated[i] && m.Origins[i] == history.Phantom
	switch {
	case !own && !phantom:
	case m.PurchaseOf[i] == history.None && m.Incomplete != "":
		q.unknown = fmt.Sprintf("no recorded purchase explains order %s, but %s", o.OrderID, m.Incomplete)
	case !own: // perhaps older than the run
	case m.KeyOf[i] == history.None:
		q.judged++
		q.add(len(m.Purchases)+i, createdAt(o), 4)
	case m.PurchaseOf[i] == history.None && confirmedUnderKey(m, i): // judged with its answer
	case m.PurchaseOf[i] == history.None: // the key was sent, but for something else
		q.judged++
		q.add(len(m.Purchases)+i, createdAt(o), 2)
	default:
		q.judged++
	}
}

// confirmedUnderKey reports whether a confirming answer to an order's key named it.
func confirmedUnderKey(m *history.Model, i int) bool {
	id, known := m.OrderIDIndex[m.Orders[i].OrderID]
	return known && m.WasConfirmed(id) && m.NamedBy(id) == m.KeyOf[i]
}

// createdAt returns when an order was created, by the service's own clock.
func createdAt(o *purchase.Order) int64 {
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
	case p.Sent == 0 && p.ConfirmedAt == history.Forever && p.RefusedAt == history.Forever:
		c.Says = fmt.Sprintf("%s ended between its steps, before the one that decides, but the state has it confirmed", describePurchase(m, p))
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
	return c
}
