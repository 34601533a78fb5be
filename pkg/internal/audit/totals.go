package audit

import "sagalab/pkg/internal/audit/history"

// confirmedTotals sums what confirmed orders of the run took, by the id of a
// product or a user. of returns the id and the amount of order i; ids with an
// unknown amount are in unknown.
func confirmedTotals(m *history.Model, of func(i int) (id, amount int64, known bool)) (taken map[int64]*history.Sum, orders map[int64]int, unknown map[int64]bool) {
	taken, orders, unknown = map[int64]*history.Sum{}, map[int64]int{}, map[int64]bool{}
	for i := range m.Orders {
		if m.Repeated[i] || m.Origins[i] == history.Earlier || !history.IsConfirmed(&m.Orders[i]) {
			continue
		}
		id, amount, known := of(i)
		if taken[id] == nil {
			taken[id] = &history.Sum{}
		}
		taken[id].Add(amount)
		orders[id]++
		if !known {
			unknown[id] = true
		}
	}
	return taken, orders, unknown
}
