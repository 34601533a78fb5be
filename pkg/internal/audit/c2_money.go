package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC2 wants each user's balance to be the initial one minus the charges plus the
// refunds. Without a ledger the confirmed orders stand for the charges.
var ruleC2 = rule{
	id: "C2", title: "no money appears or vanishes",
	one: "user", many: "users",
	judge: moneyConserved,
}

// moneyConserved applies ruleC2; refs are users.
func moneyConserved(m *history.Model) ruling {
	q := ruling{none: "the state has no user"}
	paid, how, why, beyond := paidByUser(m)
	if q.unknown, q.beyond = why, beyond; why != "" {
		return q
	}
	q.note = how.note
	users := newest(m.Evidence.After.Users, func(u *purchase.User) int64 { return u.UserID })
	want := func(u *purchase.User) (int64, bool) {
		start, known := m.Balance[u.UserID]
		total := history.Sum{Value: start}
		if p := paid[u.UserID]; p != nil {
			total.Add(-p.Value)
			total.Overflow = total.Overflow || p.Overflow
		}
		return total.Value, known && !total.Overflow && !how.unknown[u.UserID]
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
			q.add(i, int64(i), history.Distance(u.Balance, expected))
		}
	}
	for _, id := range missing(m.Balance, users, func(u *purchase.User) int64 { return u.UserID }) {
		q.unknown = fmt.Sprintf("user %d was not read after the run", id)
	}
	q.show = func(i int) Counterexample {
		u := &users[i]
		expected, _ := want(u)
		than := "lower"
		if u.Balance > expected {
			than = "higher"
		}
		return Counterexample{
			Says: fmt.Sprintf("the balance of user %d is %d %s than charges and refunds leave it", u.UserID, history.Distance(u.Balance, expected), than),
			Formula: fmt.Sprintf("%d at first − %d %s = %d, but the state says %d",
				m.Balance[u.UserID], m.Balance[u.UserID]-expected, how.words, expected, u.Balance),
		}
	}
	return q
}

// payments says where the payments were read.
type payments struct {
	words, note string
	unknown     map[int64]bool // users for whom it is not known
}

// paidByUser sums what each user paid during the run: by the ledger, else by the
// confirmed orders.
func paidByUser(m *history.Model) (paid map[int64]*history.Sum, how payments, why string, beyond bool) {
	if why, beyond = m.FinalState(history.UsersCall); why != "" {
		return nil, how, why, beyond
	}
	if m.BalanceUnknown != "" {
		return nil, how, m.BalanceUnknown, false
	}
	if m.LedgerUnusable() == "" {
		paid, unknown := ledgerByUser(m)
		return paid, payments{words: "charged and not refunded by the ledger", unknown: unknown}, "", false
	}
	if why, beyond = m.FinalState(history.OrdersCall); why != "" {
		return nil, how, why, beyond
	}
	paid, _, unknown := confirmedTotals(m, func(i int) (int64, int64, bool) {
		o := &m.Orders[i]
		amount, known := orderCost(m, o)
		return o.UserID, amount, known
	})
	return paid, payments{words: "in confirmed orders", note: "judged by the orders, because " + m.LedgerUnusable(), unknown: unknown}, "", false
}

// ledgerByUser sums the ledger by user, without what it had before the run.
func ledgerByUser(m *history.Model) (paid map[int64]*history.Sum, unknown map[int64]bool) {
	paid, unknown = map[int64]*history.Sum{}, map[int64]bool{}
	book := func(entries []purchase.Entry, sign int64) {
		for i := range entries {
			e := &entries[i]
			if paid[e.UserID] == nil {
				paid[e.UserID] = &history.Sum{}
			}
			effect, known := moved(e)
			if !known {
				unknown[e.UserID] = true
			}
			paid[e.UserID].Add(sign * effect)
		}
	}
	book(m.Evidence.After.Ledger, 1)
	if m.Evidence.Before != nil {
		book(m.Evidence.Before.Ledger, -1)
	}
	return paid, unknown
}

// moved returns what an entry takes from its user; known is false for an entry that
// the contract does not have.
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

// orderCost returns what an order has to cost: its product's price × quantity, or
// the order's own amount when the price was not read.
func orderCost(m *history.Model, o *purchase.Order) (amount int64, known bool) {
	if price, there := m.Price[o.ProductID]; there {
		return history.Multiply(price, o.Quantity), o.Quantity >= 0 && price >= 0
	}
	return o.Amount, o.Amount > 0
}
