package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC3 wants each order to be paid once: price × quantity if it is confirmed,
// nothing if it is cancelled, and at no moment more than one charge that has not
// been refunded. Each operation of the client, whatever keys its attempts carried,
// has to be bought once.
var ruleC3 = rule{
	id: "C3", title: "a purchase is paid once if confirmed, else not at all",
	one: "order", many: "orders",
	restsOnFaults: true,
	judge:         chargedOnce,
}

// chargedOnce applies ruleC3; refs are orders, then entries without an order, then
// operations.
func chargedOnce(m *history.Model) ruling {
	q := ruling{none: "the state has no order of this run"}
	q.unknown, q.beyond = m.ComparableOrders()
	if q.unknown != "" {
		return q
	}
	bills, unowned := billOrders(m)
	if bills == nil {
		q.unknown, q.beyond = m.Evidence.After.Unusable(history.LedgerCall)
		if q.unknown == "" {
			q.unknown = m.LedgerUnusable()
		}
	} else {
		judgeBills(m, &q, bills)
		judgeUnknownEntries(m, &q, bills, unowned)
	}
	twice := judgeOperations(m, &q, len(m.Orders)+len(unowned))
	n, s := len(m.Orders), len(unowned)
	q.show = func(ref int) Counterexample {
		switch {
		case ref < n:
			return billCounterexample(m, ref, bills[ref])
		case ref < n+s:
			return unknownEntryCounterexample(m, unowned[ref-n])
		}
		return boughtTwiceCounterexample(m, twice[ref-n-s])
	}
	return q
}

// bill is what the ledger says of one order.
type bill struct {
	net     history.Sum
	open    int  // charges that are not refunded
	most    int  // the most that were open at once
	below   bool // at some moment more was refunded than charged
	foreign bool // an entry is not of the contract
}

// book adds an entry.
func (b *bill) book(e *purchase.Entry) {
	amount, known := moved(e)
	if !known {
		b.foreign = true
		return
	}
	b.net.Add(amount)
	if e.Kind == purchase.Charge {
		b.open++
		b.most = max(b.most, b.open)
	} else {
		b.open--
	}
	b.below = b.below || b.net.Value < 0
}

// billOrders books the ledger on the orders; unowned are entries for orders that
// the state does not have. Both are nil without a ledger.
func billOrders(m *history.Model) (bills []bill, unowned []int) {
	if m.LedgerUnusable() != "" {
		return nil, nil
	}
	bills = make([]bill, len(m.Orders))
	for i := range m.Evidence.After.Ledger {
		e := &m.Evidence.After.Ledger[i]
		id, known := m.OrderIDIndex[e.OrderID]
		row := int32(history.None)
		if known && e.OrderID != "" {
			row = m.Row(id)
		}
		switch {
		case row != history.None:
			bills[row].book(e)
		case known && m.Before[id]: // an order from before the run that the list no longer has
		default:
			unowned = append(unowned, i)
		}
	}
	return bills, unowned
}

// judgeBills judges the bills of terminal orders; refs are orders.
func judgeBills(m *history.Model, q *ruling, bills []bill) {
	for i := range m.Orders {
		o := &m.Orders[i]
		if !m.OfRun(i) {
			continue
		}
		if !o.Status.Terminal() {
			q.unknown = history.Counted(m.Pending, "order is still pending", "orders are still pending")
			continue
		}
		want, known := amountDue(m, o)
		b := &bills[i]
		switch {
		case !known || b.net.Overflow:
			q.unknown = fmt.Sprintf("the price of order %s is not known, or is too large to count", o.OrderID)
			continue
		case b.foreign:
			q.unknown = fmt.Sprintf("the ledger has entries for order %s that are not in the contract", o.OrderID)
			continue
		case m.ReadDuringLoad && (b.net.Value != want || b.most > 1 || b.below):
			q.unknown = m.NotFinal
			continue
		}
		q.judged++
		if b.net.Value != want || b.most > 1 || b.below {
			q.add(i, int64(i), max(history.Distance(b.net.Value, want), int64(b.most)))
		}
	}
}

// amountDue returns what an order has to have cost its user.
func amountDue(m *history.Model, o *purchase.Order) (int64, bool) {
	if !history.IsConfirmed(o) {
		return 0, true
	}
	return orderCost(m, o)
}

// judgeUnknownEntries judges entries for orders which do not exist; refs are their
// places after the orders.
func judgeUnknownEntries(m *history.Model, q *ruling, bills []bill, unowned []int) {
	if len(unowned) == 0 {
		return
	}
	if !m.Evidence.Sealed && !m.BeforeComplete || m.NotFinal != "" {
		q.unknown = fmt.Sprintf("the ledger has %s that the state does not have: they may be from before or after this run",
			history.Counted(len(unowned), "entry for an order", "entries for orders"))
		return
	}
	q.judged += len(unowned)
	for n, i := range unowned {
		q.add(len(bills)+n, int64(len(bills)+n), m.Evidence.After.Ledger[i].Amount)
	}
}

// operationID identifies one operation of the client.
type operationID struct{ stage, operation int32 }

// judgeOperations judges operations whose attempts carried several keys; refs are
// base plus their place in the list.
func judgeOperations(m *history.Model, q *ruling, base int) []operationID {
	var list []operationID
	for i := 0; i < len(m.Attempts); {
		last := i + 1
		for last < len(m.Attempts) && m.Attempts[last].Operation == m.Attempts[i].Operation && m.Attempts[last].Stage == m.Attempts[i].Stage {
			last++
		}
		if bought := confirmedOrders(m, i, last); m.Attempts[i].Operation != history.None && bought > 1 {
			q.add(base+len(list), m.Attempts[last-1].End, int64(bought))
			list = append(list, operationID{m.Attempts[i].Stage, m.Attempts[i].Operation})
		}
		i = last
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
	if m.Purchases[d].Guessed {
		return 0
	}
	return int(m.Purchases[d].ConfirmedOrders)
}

func billCounterexample(m *history.Model, i int, b bill) Counterexample {
	o := &m.Orders[i]
	want, _ := amountDue(m, o)
	c := Counterexample{OrderID: o.OrderID, Key: o.IdempotencyKey, State: append([]string{orderLine(o)}, ledgerLines(m, o.OrderID)...)}
	if d := m.PurchaseOf[i]; d != history.None {
		c.Attempts = attemptLines(m, d)
	}
	switch {
	case b.net.Value > want && b.most > 1:
		c.Says = fmt.Sprintf("order %s was charged %d times", o.OrderID, b.most)
	case b.net.Value > want && !history.IsConfirmed(o):
		c.Says = fmt.Sprintf("order %s was cancelled, but its charge was not refunded", o.OrderID)
	case b.net.Value > want:
		c.Says = fmt.Sprintf("order %s was charged too much", o.OrderID)
	case b.net.Value < 0 || b.below:
		c.Says = fmt.Sprintf("order %s was refunded more than it was charged", o.OrderID)
	case b.net.Value < want:
		c.Says = fmt.Sprintf("order %s is confirmed but not paid", o.OrderID)
	default:
		c.Says = fmt.Sprintf("order %s was charged %d times before the rest was refunded", o.OrderID, b.most)
	}
	c.Formula = fmt.Sprintf("charges − refunds = %d, want %d", b.net.Value, want)
	return c
}

func unknownEntryCounterexample(m *history.Model, i int) Counterexample {
	e := &m.Evidence.After.Ledger[i]
	return Counterexample{
		OrderID: e.OrderID, State: []string{entryLine(e)},
		Says: fmt.Sprintf("money moved for order %s, which the state does not have", orNone(e.OrderID)),
	}
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

// ledgerLines lists the ledger's entries of an order.
func ledgerLines(m *history.Model, order string) []string {
	var lines []string
	for i := range m.Evidence.After.Ledger {
		if e := &m.Evidence.After.Ledger[i]; e.OrderID == order && len(lines) < mostLines {
			lines = append(lines, entryLine(e))
		}
	}
	return lines
}
