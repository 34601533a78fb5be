package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC2 wants each user's balance to be the initial one minus the charges plus the
// refunds. Without a ledger the confirmed orders stand for the charges.
//
// Balances are assumed to be moved by purchases alone. Where others may have used the
// service, a higher balance than expected may be a top-up, and is unknown. A lower
// one is not: what purchases take is in the ledger, or in the orders, of all. While
// others buy, these may be older than the balances, so that with an order of others
// in the state every difference is unknown. So is less money up to what purchases that ended
// between steps may hold.
var ruleC2 = rule{
	id: "C2", title: "no money appears or vanishes",
	one: "user", many: "users",
	judge: moneyConserved,
}

// moneyConserved applies ruleC2; refs are users.
func moneyConserved(m *history.Model) ruling {
	q := ruling{none: "the state has no user"}
	b := moneyBooks{m: m, left: moneyLeft(m)}
	b.paid, b.how, q.unknown, q.beyond = paidByUser(m)
	if q.unknown != "" {
		return q
	}
	q.note = b.how.note
	b.users = newest(m.Evidence.After.Users, func(u *purchase.User) purchase.ID { return u.UserID })
	for i := range b.users {
		b.judge(&q, i)
	}
	findUnread(m, m.Balance, b.users, func(u *purchase.User) purchase.ID { return u.UserID },
		func(p *history.Purchase) purchase.ID { return p.User }, func(o *purchase.Order) purchase.ID { return o.UserID }).withLedger(b.paid).limit(&q, "user")
	q.show = b.counterexample
	return q
}

// moneyBooks is what users paid, and their balances after the run.
type moneyBooks struct {
	m     *history.Model
	paid  map[purchase.ID]*history.Sum
	how   payments
	users []purchase.User
	left  leftovers
}

// expected returns the balance that a user should have.
func (b *moneyBooks) expected(u *purchase.User) (int64, bool) {
	start, known := b.m.Balance[u.UserID]
	total := history.Sum{Value: start}
	if p := b.paid[u.UserID]; p != nil {
		total.Add(-p.Value)
		total.Overflow = total.Overflow || p.Overflow
	}
	return total.Value, known && !total.Overflow && b.how.unknown.of(u.UserID) == ""
}

func (b *moneyBooks) judge(q *ruling, i int) {
	u := &b.users[i]
	expected, known := b.expected(u)
	if why := b.how.unknown.of(u.UserID); why != "" {
		q.unknown = fmt.Sprintf("what user %d was charged is not known: %s", u.UserID, why)
		return
	}
	if !known {
		q.unknown = fmt.Sprintf("what user %d had before the run or was charged is not known, or is too large to count", u.UserID)
		return
	}
	if u.Balance != expected {
		if why := b.doubt(u, expected); why != "" {
			q.unknown = why
			return
		}
		q.add(i, int64(i), history.Distance(u.Balance, expected))
	}
	q.judged++
}

// doubt returns why a difference need not be the service's fault, "" when it is.
func (b *moneyBooks) doubt(u *purchase.User, expected int64) string {
	numbers := fmt.Sprintf("user %d has a balance of %d instead of %d", u.UserID, u.Balance, expected)
	if why := b.left.explain(u.UserID, expected-u.Balance); why != "" {
		return numbers + ": " + why
	}
	if b.m.Evidence.Sealed {
		return ""
	}
	if others := b.m.PerhapsOtherTraffic(); others != "" {
		return numbers + ", and the state has " + others
	}
	if u.Balance > expected {
		return numbers + ": another client may have topped it up; " + history.AloneHint
	}
	return ""
}

func (b *moneyBooks) counterexample(i int) Counterexample {
	m, u := b.m, &b.users[i]
	expected, _ := b.expected(u)
	than := "lower"
	if u.Balance > expected {
		than = "higher"
	}
	c := Counterexample{
		Says: fmt.Sprintf("the balance of user %d is %d %s than charges and refunds leave it", u.UserID, history.Distance(u.Balance, expected), than),
		Formula: fmt.Sprintf("%d at first − %d %s = %d, but the state says %d",
			m.Balance[u.UserID], m.Balance[u.UserID]-expected, b.how.words, expected, u.Balance),
	}
	b.explain(u, u.Balance-expected, &c)
	return c
}

// explain adds to a counterexample which entry of the ledger, or which other user,
// explains that a balance is too high by an amount, or too low if that is negative.
func (b *moneyBooks) explain(u *purchase.User, by int64, c *Counterexample) {
	if e := b.onlyEntryOf(u, by); e != nil {
		c.Says += ", as if the " + e.Kind + " of order " + e.OrderID + " had " + asIfMoved(e, by)
		c.OrderID, c.State = e.OrderID, append(c.State, entryLine(e))
	}
	for i := range b.users {
		other := &b.users[i]
		if expected, known := b.expected(other); known && by != 0 && other.Balance-expected == -by {
			c.Says += fmt.Sprintf("; the balance of user %d differs by as much the other way", other.UserID)
			return
		}
	}
}

// onlyEntryOf returns the one entry of a user with an amount, nil when there is none
// or several.
func (b *moneyBooks) onlyEntryOf(u *purchase.User, by int64) (only *purchase.Entry) {
	if b.m.LedgerUnusable() != "" {
		return nil
	}
	for i := range b.m.Evidence.After.Ledger {
		e := &b.m.Evidence.After.Ledger[i]
		if payerOf(b.m, e) != u.UserID || e.Amount != history.Distance(by, 0) || b.m.EntryRepeated(i) {
			continue
		}
		if only != nil {
			return nil
		}
		only = e
	}
	return only
}

// asIfMoved says what must have become of an entry if it alone is to explain that a
// balance is too high, or too low if by is negative.
func asIfMoved(e *purchase.Entry, by int64) string {
	switch charge := e.Kind == purchase.Charge; {
	case charge && by < 0:
		return "been taken twice"
	case charge:
		return "not been taken"
	case by < 0:
		return "not been paid out"
	}
	return "been paid out twice"
}

// payments says where the payments were read.
type payments struct {
	words, note string
	unknown     unknownTotals
}

// paidByUser sums what each user paid during the run: by the ledger, else by the
// confirmed orders.
func paidByUser(m *history.Model) (paid map[purchase.ID]*history.Sum, how payments, why string, beyond bool) {
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
	paid, _, unknown := confirmedTotals(m, costOf)
	return paid, payments{words: "in confirmed orders", note: "judged by the orders, because " + m.LedgerUnusable(), unknown: unknown}, "", false
}

// ledgerByUser sums the ledger by user, without what it had before the run.
func ledgerByUser(m *history.Model) (paid map[purchase.ID]*history.Sum, unknown unknownTotals) {
	paid, unknown = map[purchase.ID]*history.Sum{}, unknownTotals{}
	book := func(e *purchase.Entry, sign int64) {
		user := payerOf(m, e)
		if paid[user] == nil {
			paid[user] = &history.Sum{}
		}
		effect, known := moved(e)
		switch {
		case !known:
			unknown[user] = fmt.Sprintf("entry %s of the ledger is not of the contract, or shows no amount", orNone(e.EntryID))
		case user == 0:
			unknown[user] = fmt.Sprintf("entry %s of the ledger does not show whose money it moved", orNone(e.EntryID))
		}
		paid[user].Add(sign * effect)
	}
	for i := range m.Evidence.After.Ledger {
		e := &m.Evidence.After.Ledger[i]
		if !m.EntryRepeated(i) {
			book(e, 1)
		}
		if m.EntryDoubtful(i) {
			unknown[payerOf(m, e)] = entryOnTwoPages
		}
	}
	if m.Evidence.Before != nil {
		for i := range m.Evidence.Before.Ledger {
			book(&m.Evidence.Before.Ledger[i], -1)
		}
		for i := range m.Evidence.Before.DoubtfulEntries() {
			unknown[payerOf(m, &m.Evidence.Before.Ledger[i])] = entryOnTwoPages
		}
	}
	return paid, unknown
}

// entryOnTwoPages is why it is not known what a user was charged.
const entryOnTwoPages = "the ledger has an entry without an id on two pages, and whether it is one or two is not known"

// moved returns what an entry takes from its user; known is false for an entry that
// the contract does not have, or that does not show its amount.
func moved(e *purchase.Entry) (amount int64, known bool) {
	switch {
	case e.Amount <= 0:
		return 0, false
	case e.Kind == purchase.Charge:
		return e.Amount, true
	case e.Kind == purchase.Refund:
		return -e.Amount, true
	}
	return 0, false
}

// orderCost returns what an order has to cost: its product's price × quantity, or
// the order's own amount when the price is not certain.
func orderCost(m *history.Model, o *purchase.Order) (amount int64, known bool) {
	price, there := m.Price[o.ProductID]
	if there && (m.PriceDoubt[o.ProductID] == "" || o.Amount == 0) {
		return history.Multiply(price, o.Quantity), o.Quantity > 0 && price > 0 && m.PriceDoubt[o.ProductID] == ""
	}
	return o.Amount, o.Amount > 0
}
