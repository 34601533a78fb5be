package audit

import (
	"cmp"
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC3 wants each order to be paid once, by its own user: price × quantity if it is
// confirmed, nothing if it is cancelled, and at no moment more than one charge that
// has not been refunded. Each operation of the client, whatever keys its attempts
// carried, has to be bought once.
//
// Amounts are compared with price × quantity only where the price is known to have
// been constant (history.Initial.PriceDoubt). Else a confirmed order has to cost its
// own amount, and what that should have been is unknown.
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
	switch {
	case m.Moving != "":
		q.unknown, unowned = m.Moving, nil
	case bills == nil:
		q.unknown, q.beyond = m.Evidence.After.Unusable(history.LedgerCall)
		if q.unknown == "" {
			q.unknown = cmp.Or(m.LedgerUnusable(), entriesWithoutOrder(m))
		}
		judgeAmounts(m, &q)
	default:
		judgeBills(m, &q, bills)
		judgeUnknownEntries(m, &q, bills, unowned)
	}
	twice := judgeOperations(m, &q, len(m.Orders)+len(unowned))
	n, s := len(m.Orders), len(unowned)
	q.show = func(ref int) Counterexample {
		switch {
		case ref < n && bills == nil:
			return billCounterexample(m, ref, &bill{}, wrongAmount)
		case ref < n:
			f, _ := bills[ref].fault(m, &m.Orders[ref])
			return billCounterexample(m, ref, &bills[ref], f)
		case ref < n+s:
			return unknownEntryCounterexample(m, unowned[ref-n])
		}
		return boughtTwiceCounterexample(m, twice[ref-n-s])
	}
	return q
}

// billOrders books the ledger on the orders; unowned are entries for orders that
// neither the state has nor an answer named. One from before the run that the list no
// longer has is no fault, and one that was confirmed is found by ruleC8. Both are nil
// without a ledger, or with one whose entries do not show their orders.
func billOrders(m *history.Model) (bills []bill, unowned []int) {
	if m.LedgerUnusable() != "" || entriesWithoutOrder(m) != "" {
		return nil, nil
	}
	bills = make([]bill, len(m.Orders))
	for i := range m.Evidence.After.Ledger {
		e := &m.Evidence.After.Ledger[i]
		row := m.EntryRows[i]
		switch {
		case m.EntryRepeated(i):
		case row != history.None:
			bills[row].book(e, m.Orders[row].UserID)
			bills[row].doubtful = bills[row].doubtful || m.EntryDoubtful(i)
		default:
			if id, known := m.OrderIDIndex[e.OrderID]; !known || !m.Before[id] && !m.WasConfirmed(id) {
				unowned = append(unowned, i)
			}
		}
	}
	markSold(m, bills)
	return bills, unowned
}

// markSold notes in the bills of which products an order was charged: such a product is not
// free, though its price need not be shown.
func markSold(m *history.Model, bills []bill) {
	sold := map[purchase.ID]bool{}
	for i := range bills {
		if bills[i].charges > 0 {
			sold[m.Orders[i].ProductID] = true
		}
	}
	for i := range bills {
		bills[i].sold = m.Orders[i].ProductID != 0 && sold[m.Orders[i].ProductID]
	}
}

// judgeBills judges the bills of terminal orders; refs are orders.
func judgeBills(m *history.Model, q *ruling, bills []bill) {
	pending := 0
	for i := range m.Orders {
		o := &m.Orders[i]
		if !m.IsOwn(i) {
			continue
		}
		b := &bills[i]
		switch {
		case !o.Status.Terminal():
			if left, _ := m.LeftBehind(i); !left || b.charges > 0 || b.foreign {
				pending++
			}
			continue
		case b.foreign:
			q.unknown = fmt.Sprintf("the ledger has entries for order %s that are not in the contract, or show no amount", o.OrderID)
			continue
		}
		judgeRow(m, q, i, func(q *ruling) { judgeBill(m, q, i, b) })
	}
	if pending > 0 {
		q.unknown = history.Counted(pending, "order is still pending", "orders are still pending")
	}
}

// judgeBill judges the bill of terminal order i.
func judgeBill(m *history.Model, q *ruling, i int, b *bill) {
	o := &m.Orders[i]
	f, doubt := b.fault(m, o)
	if doubt == "" && f == paid && b.anonymous {
		doubt = fmt.Sprintf("whose money moved for order %s is not shown", o.OrderID)
	}
	if doubt != "" {
		q.unknown = doubt
		if f == paid {
			return
		}
	}
	q.judged++
	if f != paid {
		want, _ := amountDue(m, o)
		q.add(i, int64(i), max(history.Distance(b.net.Value, want), int64(b.most)))
	}
}

// judgeAmounts judges the amounts of orders without a ledger; refs are orders.
func judgeAmounts(m *history.Model, q *ruling) {
	for i := range m.Orders {
		o := &m.Orders[i]
		if m.IsOwn(i) && o.Status.Terminal() && hasWrongAmount(m, o) {
			judgeRow(m, q, i, func(q *ruling) { q.judged++; q.add(i, int64(i), 1) })
		}
	}
}

// judgeUnknownEntries judges entries for orders which do not exist; refs are their
// places after the orders. Where others use the service, their orders may be younger
// than the list.
func judgeUnknownEntries(m *history.Model, q *ruling, bills []bill, unowned []int) {
	if len(unowned) == 0 {
		return
	}
	if len(m.Ended) > 0 {
		q.unknown = fmt.Sprintf("the ledger has %s that the state does not have: purchases that ended between steps may have moved money",
			history.Counted(len(unowned), "entry for an order", "entries for orders"))
		return
	}
	if !m.Evidence.Sealed || m.BeforeUnknown() || m.NotFinal != "" {
		q.unknown = fmt.Sprintf("the ledger has %s that the state does not have: they may be from before or after this run, or of other clients",
			history.Counted(len(unowned), "entry for an order", "entries for orders"))
		return
	}
	q.judged += len(unowned)
	for n, i := range unowned {
		q.add(len(bills)+n, int64(len(bills)+n), m.Evidence.After.Ledger[i].Amount)
	}
}

func unknownEntryCounterexample(m *history.Model, i int) Counterexample {
	e := &m.Evidence.After.Ledger[i]
	return Counterexample{
		OrderID: e.OrderID, State: []string{entryLine(e)},
		Says: fmt.Sprintf("money moved for order %s, which the state does not have", orNone(e.OrderID)),
	}
}
