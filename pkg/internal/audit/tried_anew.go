package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ordersOfPurchase are what the state has of one purchase: an order that was cancelled
// because the purchase was refused, another one of these, and a confirmed one: rows, or
// None.
type ordersOfPurchase struct{ refused, again, confirmed int32 }

var noOrders = ordersOfPurchase{history.None, history.None, history.None}

// contradict reports whether the orders show that a refusal was not kept.
func (o ordersOfPurchase) contradict() bool {
	return o.refused != history.None && (o.confirmed != history.None || o.again != history.None)
}

// add adds row i.
func (o *ordersOfPurchase) add(m *history.Model, n, i int32) {
	switch order := &m.Orders[i]; {
	case history.IsConfirmed(order):
		o.confirmed = i
	case order.Status != purchase.Cancelled || !wasRefused(m, n, order):
	case o.refused == history.None:
		o.refused = i
	default:
		o.again = i
	}
}

// ordersAfterRefusal lists, by purchase, those with several orders in the state.
func ordersAfterRefusal(m *history.Model) map[int32]ordersOfPurchase {
	if why, _ := m.ComparableOrders(); why != "" {
		return nil
	}
	list := map[int32]ordersOfPurchase{}
	for i := range m.Orders {
		n := m.PurchaseOf[i]
		if n == history.None || m.Repeated[i] || m.Origins[i] != history.Ours || m.Purchases[n].Guessed || m.Purchases[n].Orders < 2 || m.ByStep(i) {
			continue
		}
		orders, known := list[n]
		if !known {
			orders = noOrders
		}
		orders.add(m, n, int32(i))
		list[n] = orders
	}
	return list
}

// wasRefused reports whether a cancelled order is the refusal of its purchase: by its
// reason, or by an answer that names it.
func wasRefused(m *history.Model, n int32, o *purchase.Order) bool {
	if reasonMeans(m, o).IsRefusal() {
		return true
	}
	for _, i := range m.AnswersOf(n) {
		if a := &m.All[i]; a.OrderID != history.None && m.OrderIDs[a.OrderID] == o.OrderID && refusesAsOrder(m, n, a) {
			return true
		}
	}
	return false
}

// refusesAsOrder reports whether an answer refuses a purchase and names an order for it.
func refusesAsOrder(m *history.Model, n int32, a *history.Attempt) bool {
	return a.OrderID != history.None && a.Meaning.IsRefusal() && a.Meaning != history.Invalid && m.RefusesPurchase(&m.Purchases[n], a.Meaning)
}

// refusedTwice returns two answers to a purchase that refuse it as different orders, nil
// without. A service that others may have used can have been reset in between.
func refusedTwice(m *history.Model, n int32) (first, other *history.Attempt) {
	p := &m.Purchases[n]
	if p.Sent < 2 || p.RefusedAt == history.Forever || m.Keys[p.Key].Name == "" || !m.Evidence.Sealed || m.NotThisRun != "" {
		return nil, nil
	}
	for _, i := range m.AnswersOf(n) {
		switch a := &m.All[i]; {
		case !refusesAsOrder(m, n, a):
		case first == nil:
			first = a
		case a.OrderID != first.OrderID:
			return first, a
		}
	}
	return nil, nil
}

// triedAnewCounterexample shows a purchase that was refused as several orders.
func triedAnewCounterexample(m *history.Model, n int32, orders ordersOfPurchase) Counterexample {
	p := &m.Purchases[n]
	c := Counterexample{Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, n), State: orderLines(m, p.Key)}
	var first, other string
	if orders.contradict() {
		a, b := &m.Orders[orders.refused], &m.Orders[orders.again]
		c.OrderID, first, other = b.OrderID, a.OrderID+inBrackets(string(a.Reason)), b.OrderID+inBrackets(string(b.Reason))
	} else {
		a, b := refusedTwice(m, n)
		c.OrderID = m.OrderIDs[b.OrderID]
		first, other = m.OrderIDs[a.OrderID]+inBrackets(attemptLine(m, a).Reason), c.OrderID+inBrackets(attemptLine(m, b).Reason)
	}
	c.Says = fmt.Sprintf("%s was refused as order %s and tried anew as order %s: the refusal was not kept", describePurchase(m, p), first, other)
	return c
}

// inBrackets returns " (text)", "" without a text.
func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
