package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// c3 wants each order to be paid once: the price × quantity if it is confirmed,
// nothing if it is cancelled, and at no moment more than one charge that has not
// been refunded. It also wants one operation of the client, whatever keys its
// attempts carried, to be bought and paid once.
func c3(w *world) inquiry {
	q := inquiry{none: "the state has no order of this run"}
	q.unknown, q.beyond = w.settledOrders()
	if q.unknown != "" {
		return q
	}
	bills, strangers := w.bills()
	if bills == nil {
		q.unknown, q.beyond = w.e.After.lacks(LedgerCall)
		if q.unknown == "" {
			q.unknown = w.noLedger()
		}
	} else {
		w.billed(&q, bills)
		w.unowned(&q, bills, strangers)
	}
	twice := w.boughtTwice(&q, len(w.orders)+len(strangers))
	n, s := len(w.orders), len(strangers)
	q.show = func(ref int) Counterexample {
		switch {
		case ref < n:
			return w.showBill(ref, bills[ref])
		case ref < n+s:
			return w.showStranger(strangers[ref-n])
		}
		return w.showTwice(twice[ref-n-s])
	}
	return q
}

// bill is what the ledger says of one order.
type bill struct {
	net     sum
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
	b.net.add(amount)
	if e.Kind == purchase.Charge {
		b.open++
		b.most = max(b.most, b.open)
	} else {
		b.open--
	}
	b.below = b.below || b.net.value < 0
}

// bills books the ledger on the orders; strangers are entries for orders that the
// state does not have. Both are nil without a ledger.
func (w *world) bills() (bills []bill, strangers []int) {
	if w.noLedger() != "" {
		return nil, nil
	}
	bills = make([]bill, len(w.orders))
	for i := range w.e.After.Ledger {
		e := &w.e.After.Ledger[i]
		id, known := w.idOf[e.OrderID]
		row := int32(none)
		if known && e.OrderID != "" {
			row = w.at(id)
		}
		switch {
		case row != none:
			bills[row].book(e)
		case known && w.before[id]: // an order of before that the list no longer has
		default:
			strangers = append(strangers, i)
		}
	}
	return bills, strangers
}

// billed judges the bills of terminal orders; refs are orders.
func (w *world) billed(q *inquiry, bills []bill) {
	for i := range w.orders {
		o := &w.orders[i]
		if w.repeat[i] || w.origin[i] == earlier || w.origin[i] == foreign {
			continue
		}
		if !o.Status.Terminal() {
			q.unknown = fmt.Sprintf("%d orders are still pending", w.pending)
			continue
		}
		want, known := w.owed(o)
		b := &bills[i]
		switch {
		case !known || b.net.over:
			q.unknown = fmt.Sprintf("the price of order %s is not known, or is too large to count", o.OrderID)
			continue
		case b.strange:
			q.unknown = fmt.Sprintf("the ledger has entries for order %s that the contract does not know", o.OrderID)
			continue
		case w.running && (b.net.value != want || b.most > 1 || b.below):
			q.unknown = w.early
			continue
		}
		q.judged++
		if b.net.value != want || b.most > 1 || b.below {
			q.add(i, int64(i), max(distance(b.net.value, want), int64(b.most)))
		}
	}
}

func (w *world) owed(o *purchase.Order) (int64, bool) {
	if !confirmed(o) {
		return 0, true
	}
	return w.cost(o)
}

// unowned judges money that moved for orders which do not exist; refs are
// strangers after the orders.
func (w *world) unowned(q *inquiry, bills []bill, strangers []int) {
	if len(strangers) == 0 {
		return
	}
	if !w.e.Sealed && !w.beforeComplete || w.early != "" {
		q.unknown = fmt.Sprintf("the ledger has %d entries for orders that the state does not have; they may be from before or after this run", len(strangers))
		return
	}
	q.judged += len(strangers)
	for n, i := range strangers {
		q.add(len(bills)+n, int64(len(bills)+n), w.e.After.Ledger[i].Amount)
	}
}

// operationID is one operation of the client.
type operationID struct{ stage, op int32 }

// boughtTwice judges operations whose attempts carried several keys; refs are
// base, the number of orders and strangers, plus their place in the list.
func (w *world) boughtTwice(q *inquiry, base int) []operationID {
	var list []operationID
	for i := 0; i < len(w.tries); {
		last := i + 1
		for last < len(w.tries) && w.tries[last].op == w.tries[i].op && w.tries[last].stage == w.tries[i].stage {
			last++
		}
		if bought := w.bought(i, last); w.tries[i].op != none && bought > 1 {
			q.add(base+len(list), w.tries[last-1].end, int64(bought))
			list = append(list, operationID{w.tries[i].stage, w.tries[i].op})
		}
		i = last
	}
	return list
}

// bought counts the confirmed orders of the attempts from..to, each deed once.
func (w *world) bought(from, to int) int {
	n := w.surely(w.tries[from].deed)
	var seen map[int32]bool // most operations need none: all their attempts are one deed
	for i := from + 1; i < to; i++ {
		d := w.tries[i].deed
		if d == w.tries[i-1].deed || seen[d] {
			continue
		}
		if seen == nil {
			seen = map[int32]bool{w.tries[i-1].deed: true}
		}
		seen[d] = true
		n += w.surely(d)
	}
	return n
}

// surely is how many confirmed orders are known to be a deed's.
func (w *world) surely(d int32) int {
	if w.deeds[d].guessed {
		return 0
	}
	return int(w.deeds[d].confirmed)
}

func (w *world) showBill(i int, b bill) Counterexample {
	o := &w.orders[i]
	want, _ := w.owed(o)
	c := Counterexample{OrderID: o.OrderID, Key: o.IdempotencyKey, State: append([]string{orderLine(o)}, w.entries(o.OrderID)...)}
	if d := w.owner[i]; d != none {
		c.Attempts = w.lines(d)
	}
	switch {
	case b.net.value > want && b.most > 1:
		c.Says = fmt.Sprintf("order %s was charged %d times", o.OrderID, b.most)
	case b.net.value > want && !confirmed(o):
		c.Says = fmt.Sprintf("order %s was cancelled, but its charge was not refunded", o.OrderID)
	case b.net.value > want:
		c.Says = fmt.Sprintf("order %s was charged too much", o.OrderID)
	case b.net.value < 0 || b.below:
		c.Says = fmt.Sprintf("order %s was refunded more than it was charged", o.OrderID)
	case b.net.value < want:
		c.Says = fmt.Sprintf("order %s is confirmed but not paid", o.OrderID)
	default:
		c.Says = fmt.Sprintf("order %s was charged %d times before the rest was refunded", o.OrderID, b.most)
	}
	c.Formula = fmt.Sprintf("charges − refunds = %d, want %d", b.net.value, want)
	return c
}

func (w *world) showStranger(i int) Counterexample {
	e := &w.e.After.Ledger[i]
	return Counterexample{
		OrderID: e.OrderID, State: []string{entryLine(e)},
		Says: fmt.Sprintf("money moved for order %s, which the state does not have", orNone(e.OrderID)),
	}
}

func (w *world) showTwice(id operationID) Counterexample {
	op := &w.stages[id.stage].Operations[id.op]
	var deeds []int32
	c := Counterexample{Key: op.Key, OrderID: op.OrderID}
	n := 0
	for i := range w.tries {
		t := &w.tries[i]
		if t.stage != id.stage || t.op != id.op || contains(deeds, t.deed) {
			continue
		}
		deeds = append(deeds, t.deed)
		n += w.surely(t.deed)
		if len(c.State) < mostLines {
			c.State = append(c.State, w.ordersOf(w.deeds[t.deed].key)...)
		}
	}
	c.Attempts = w.lines(deeds...)
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
func (w *world) entries(order string) []string {
	var lines []string
	for i := range w.e.After.Ledger {
		if e := &w.e.After.Ledger[i]; e.OrderID == order && len(lines) < mostLines {
			lines = append(lines, entryLine(e))
		}
	}
	return lines
}
