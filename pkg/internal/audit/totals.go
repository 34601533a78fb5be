package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// confirmedTotals sums what confirmed orders of the run and of others took, by the id
// of a product or a user. of returns the id and the amount of order i, and why they are not
// known.
func confirmedTotals(m *history.Model, of func(m *history.Model, i int) (id purchase.ID, amount int64, why string)) (taken map[purchase.ID]*history.Sum, orders map[purchase.ID]int, unknown unknownTotals) {
	taken, orders, unknown = map[purchase.ID]*history.Sum{}, map[purchase.ID]int{}, unknownTotals{}
	for i := range m.Orders {
		if m.Repeated[i] || m.Origins[i] == history.Earlier || !history.IsConfirmed(&m.Orders[i]) {
			continue
		}
		id, amount, why := of(m, i)
		if taken[id] == nil {
			taken[id] = &history.Sum{}
		}
		taken[id].Add(amount)
		orders[id]++
		if why != "" && unknown[id] == "" {
			unknown[id] = why
		}
	}
	return taken, orders, unknown
}

// unread are the products or users from before the run that were not read after it.
type unread struct {
	touched []purchase.ID // by a purchase or an order
	others  []purchase.ID
	rest    int // of the others, those that the ledger does not name either
}

// findUnread compares what was there before the run with what was read after it.
func findUnread[T any](m *history.Model, initial map[purchase.ID]int64, values []T, id func(*T) purchase.ID, ofPurchase func(*history.Purchase) purchase.ID, ofOrder func(*purchase.Order) purchase.ID) (u unread) {
	list := missing(initial, values, id)
	if len(list) == 0 {
		return u
	}
	touched := map[purchase.ID]bool{}
	for i := range m.Purchases {
		touched[ofPurchase(&m.Purchases[i])] = true
	}
	for i := range m.Orders {
		touched[ofOrder(&m.Orders[i])] = true
	}
	for _, id := range list {
		if touched[id] {
			u.touched = append(u.touched, id)
		} else {
			u.others = append(u.others, id)
		}
	}
	u.rest = len(u.others)
	return u
}

// withLedger moves users that the ledger names to those that were touched.
func (u unread) withLedger(paid map[purchase.ID]*history.Sum) unread {
	for _, id := range u.others {
		if paid[id] != nil {
			u.touched = append(u.touched, id)
			u.rest--
		}
	}
	return u
}

// limit adds to a ruling what was not read: one is what they are, such as "user".
func (u unread) limit(q *ruling, one string) {
	if len(u.touched) > 0 {
		q.unknown = fmt.Sprintf("%s %d was not read after the run", one, u.touched[0])
	}
	if u.rest > 0 && q.note == "" {
		q.note = fmt.Sprintf("%s without a purchase in this run, not read after it", history.Counted(u.rest, one, one+"s"))
	}
}
