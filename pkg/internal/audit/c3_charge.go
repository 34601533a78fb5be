package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// c3 wants each order to be paid once: the price × quantity if it is confirmed,
// nothing if it is cancelled, and at no moment more than one charge that has not
// been refunded. It also wants one operation of the client, whatever keys its
// attempts carried, to be bought and paid once.
func chargedOnce(m *history.Model) ruling {
	q := ruling{none: "the state has no order of this run"}
	q.unknown, q.beyond = m.ComparableOrders()
	if q.unknown != "" {
		return q
	}
	bills, strangers := billOrders(m)
	if bills == nil {
		q.unknown, q.beyond = m.Evidence.After.Unusable(history.LedgerCall)
		if q.unknown == "" {
			q.unknown = m.LedgerUnusable()
		}
	} else {
		judgeBills(m, &q, bills)
		judgeUnknownEntries(m, &q, bills, strangers)
	}
	twice := judgeOperations(m, &q, len(m.Orders)+len(strangers))
	n, s := len(m.Orders), len(strangers)
	q.show = func(ref int) Counterexample {
		switch {
		case ref < n:
			return billCounterexample(m, ref, bills[ref])
		case ref < n+s:
			return unknownEntryCounterexample(m, strangers[ref-n])
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
	below   bool // more was refunded than charged, at some moment
	strange bool // an entry is not of the contract
}

func (b *bill) book(e *purchase.Entry) {
	amount, known := moved(e)
	if !known {
		b.strange = true
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

// bills books the ledger on the orders; strangers are entries for orders that the
// state does not have. Both are nil without a ledger.
func billOrders(m *history.Model) (bills []bill, strangers []int) {
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
		case known && m.Before[id]: // an order of before that the list no longer has
		default:
			strangers = append(strangers, i)
		}
	}
	return bills, strangers
}

// billed judges the bills of terminal orders; refs are orders.
func judgeBills(m *history.Model, q *ruling, bills []bill) {
	for i := range m.Orders {
		o := &m.Orders[i]
		if m.Repeated[i] || m.Origins[i] == history.Earlier || m.Origins[i] == history.Foreign {
			continue
		}
		if !o.Status.Terminal() {
			q.unknown = fmt.Sprintf("%d orders are still pending", m.Pending)
			continue
		}
		want, known := amountDue(m, o)
		b := &bills[i]
		switch {
		case !known || b.net.Overflow:
			q.unknown = fmt.Sprintf("the price of order %s is not known, or is too large to count", o.OrderID)
			continue
		case b.strange:
			q.unknown = fmt.Sprintf("the ledger has entries for order %s that the contract does not know", o.OrderID)
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

func amountDue(m *history.Model, o *purchase.Order) (int64, bool) {
	if !history.IsConfirmed(o) {
		return 0, true
	}
	return orderCost(m, o)
}

// unowned judges money that moved for orders which do not exist; refs are
// strangers after the orders.
func judgeUnknownEntries(m *history.Model, q *ruling, bills []bill, strangers []int) {
	if len(strangers) == 0 {
		return
	}
	if !m.Evidence.Sealed && !m.BeforeComplete || m.NotFinal != "" {
		q.unknown = fmt.Sprintf("the ledger has %d entries for orders that the state does not have; they may be from before or after this run", len(strangers))
		return
	}
	q.judged += len(strangers)
	for n, i := range strangers {
		q.add(len(bills)+n, int64(len(bills)+n), m.Evidence.After.Ledger[i].Amount)
	}
}

// operationID is one operation of the client.
type operationID struct{ stage, operation int32 }

// boughtTwice judges operations whose attempts carried several keys; refs are
// base, the number of orders and strangers, plus their place in the list.
func judgeOperations(m *history.Model, q *ruling, base int) []operationID {
	var list []operationID
	for i := 0; i < len(m.Attempts); {
		last := i + 1
		for last < len(m.Attempts) && m.Attempts[last].Operation == m.Attempts[i].Operation && m.Attempts[last].Stage == m.Attempts[i].Stage {
			last++
		}
		if bought := ordersOfAttempts(m, i, last); m.Attempts[i].Operation != history.None && bought > 1 {
			q.add(base+len(list), m.Attempts[last-1].End, int64(bought))
			list = append(list, operationID{m.Attempts[i].Stage, m.Attempts[i].Operation})
		}
		i = last
	}
	return list
}

// bought counts the confirmed orders of the attempts from..to, each deed once.
func ordersOfAttempts(m *history.Model, from, to int) int {
	n := knownConfirmed(m, m.Attempts[from].Purchase)
	var seen map[int32]bool // most operations need none: all their attempts are one deed
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

// surely is how many confirmed orders are known to be a deed's.
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
	var deeds []int32
	c := Counterexample{Key: op.Key, OrderID: op.OrderID}
	n := 0
	for i := range m.Attempts {
		a := &m.Attempts[i]
		if a.Stage != id.stage || a.Operation != id.operation || contains(deeds, a.Purchase) {
			continue
		}
		deeds = append(deeds, a.Purchase)
		n += knownConfirmed(m, a.Purchase)
		if len(c.State) < mostLines {
			c.State = append(c.State, orderLines(m, m.Purchases[a.Purchase].Key)...)
		}
	}
	c.Attempts = attemptLines(m, deeds...)
	c.Says = fmt.Sprintf("operation %d of stage %s (user %d buys %d × product %d) was bought %d times", op.Index, op.Stage, op.UserID, op.Quantity, op.ProductID, n)
	if len(deeds) > 1 {
		c.Says += ": its attempts carried different keys, so that the service could not know that they were one purchase"
	}
	return c
}

func contains(list []int32, x int32) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// entries tells the ledger's entries of an order.
func ledgerLines(m *history.Model, order string) []string {
	var lines []string
	for i := range m.Evidence.After.Ledger {
		if e := &m.Evidence.After.Ledger[i]; e.OrderID == order && len(lines) < mostLines {
			lines = append(lines, entryLine(e))
		}
	}
	return lines
}
