package audit

// final is why the state cannot be taken for the one that the run left behind, ""
// when it can: what rules of conservation (C1, C2) need.
func (w *world) final(calls ...Call) (why string, beyond bool) {
	if why, beyond = w.e.After.lacks(calls...); why != "" {
		return why, beyond
	}
	switch {
	case w.stale != "":
		return w.stale, false
	case w.early != "":
		return w.early, false
	}
	return "", false
}

// settledOrders is why the state's orders cannot be held against the history, ""
// when they can.
func (w *world) settledOrders() (why string, beyond bool) {
	if w.noOrders != "" {
		return w.noOrders, w.ordersBeyond
	}
	return w.stale, false
}

// sold sums what confirmed orders of the run took, by product or by user.
func (w *world) sold(of func(i int) (id, amount int64, known bool)) (taken map[int64]*sum, orders map[int64]int, unknown map[int64]bool) {
	taken, orders, unknown = map[int64]*sum{}, map[int64]int{}, map[int64]bool{}
	for i := range w.orders {
		if w.repeat[i] || w.origin[i] == earlier || !confirmed(&w.orders[i]) {
			continue
		}
		id, amount, known := of(i)
		if taken[id] == nil {
			taken[id] = &sum{}
		}
		taken[id].add(amount)
		orders[id]++
		if !known {
			unknown[id] = true
		}
	}
	return taken, orders, unknown
}
