package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// c2 wants no money to appear or vanish: each user's balance is what he had minus
// his charges plus his refunds. Without a ledger the confirmed orders stand for
// the charges.
func c2(w *world) inquiry {
	q := inquiry{none: "the state has no user"}
	paid, how, why, beyond := w.paid()
	if q.unknown, q.beyond = why, beyond; why != "" {
		return q
	}
	q.note = how.note
	users := newest(w.e.After.Users, func(u *purchase.User) int64 { return u.UserID })
	want := func(u *purchase.User) (int64, bool) {
		start, known := w.money[u.UserID]
		total := sum{value: start}
		if p := paid[u.UserID]; p != nil {
			total.add(-p.value)
			total.over = total.over || p.over
		}
		return total.value, known && !total.over && !how.unknown[u.UserID]
	}
	for i := range users {
		u := &users[i]
		expected, known := want(u)
		if !known {
			q.unknown = fmt.Sprintf("what user %d had before the run or was charged is not known, or is too large to count", u.UserID)
			continue
		}
		q.judged++
		if u.Balance != expected {
			q.add(i, int64(i), distance(u.Balance, expected))
		}
	}
	for _, id := range missing(w.money, users, func(u *purchase.User) int64 { return u.UserID }) {
		q.unknown = fmt.Sprintf("user %d was not read after the run", id)
	}
	q.show = func(i int) Counterexample {
		u := &users[i]
		expected, _ := want(u)
		verb := "are gone"
		if u.Balance > expected {
			verb = "came from nowhere"
		}
		return Counterexample{
			Says: fmt.Sprintf("%d of user %d's money %s", distance(u.Balance, expected), u.UserID, verb),
			Formula: fmt.Sprintf("%d at first − %d %s = %d, but the state says %d",
				w.money[u.UserID], w.money[u.UserID]-expected, how.words, expected, u.Balance),
		}
	}
	return q
}

// payments says where what users paid was read.
type payments struct {
	words, note string
	unknown     map[int64]bool // users for whom it is not known
}

// paid sums what each user paid during the run.
func (w *world) paid() (paid map[int64]*sum, how payments, why string, beyond bool) {
	if why, beyond = w.final(UsersCall); why != "" {
		return nil, how, why, beyond
	}
	if w.noMoney != "" {
		return nil, how, w.noMoney, false
	}
	if w.noLedger() == "" {
		paid, unknown := w.booked()
		return paid, payments{words: "charged and not refunded by the ledger", unknown: unknown}, "", false
	}
	if why, beyond = w.final(OrdersCall); why != "" {
		return nil, how, why, beyond
	}
	paid, _, unknown := w.sold(func(i int) (int64, int64, bool) {
		o := &w.orders[i]
		amount, known := w.cost(o)
		return o.UserID, amount, known
	})
	return paid, payments{words: "in confirmed orders", note: "judged by the orders, for " + w.noLedger(), unknown: unknown}, "", false
}

// noLedger is why the ledger cannot be used, "" when it can.
func (w *world) noLedger() string {
	if why, _ := w.e.After.lacks(LedgerCall); why != "" {
		return why
	}
	if w.e.Before != nil {
		why, _ := w.e.Before.lacks(LedgerCall)
		return why
	}
	return ""
}

// booked sums the ledger by user; what it had before the run is taken off.
func (w *world) booked() (paid map[int64]*sum, unknown map[int64]bool) {
	paid, unknown = map[int64]*sum{}, map[int64]bool{}
	book := func(entries []purchase.Entry, sign int64) {
		for i := range entries {
			e := &entries[i]
			if paid[e.UserID] == nil {
				paid[e.UserID] = &sum{}
			}
			effect, known := moved(e)
			if !known {
				unknown[e.UserID] = true
			}
			paid[e.UserID].add(sign * effect)
		}
	}
	book(w.e.After.Ledger, 1)
	if w.e.Before != nil {
		book(w.e.Before.Ledger, -1)
	}
	return paid, unknown
}

// moved is what an entry takes from its user; known is false for entries that the
// contract does not have.
func moved(e *purchase.Entry) (amount int64, known bool) {
	switch {
	case e.Amount < 0:
		return 0, false
	case e.Kind == purchase.Charge:
		return e.Amount, true
	case e.Kind == purchase.Refund:
		return -e.Amount, true
	}
	return 0, false
}

// cost is what an order is to cost: its product's price × quantity, or what the
// order says itself when the price was not read.
func (w *world) cost(o *purchase.Order) (amount int64, known bool) {
	if price, there := w.price[o.ProductID]; there {
		return times(price, o.Quantity), o.Quantity >= 0 && price >= 0
	}
	return o.Amount, o.Amount > 0
}
