package history

import "sagalab/pkg/purchase"

// LedgerIndex joins the ledger of the state after the run with its orders.
type LedgerIndex struct {
	// EntryRows is by entry the place of its order in OrderIndex.Orders, or None.
	EntryRows []int32

	again    map[int]bool // entries that an earlier row of the same id shows, too
	doubtful map[int]bool // entries without an id that may be an earlier one again
}

// EntryRepeated reports whether entry i is an earlier one again, with the same id and
// the same time, as when two pages overlap: the money moved once.
func (l *LedgerIndex) EntryRepeated(i int) bool { return l.again[i] }

func newLedgerIndex(or *OrderIndex, after *State) LedgerIndex {
	if why, _ := after.Unusable(LedgerCall); why != "" {
		return LedgerIndex{}
	}
	l := LedgerIndex{EntryRows: make([]int32, len(after.Ledger))}
	for i := range after.Ledger {
		l.EntryRows[i] = None
		if id := after.Ledger[i].OrderID; id != "" {
			if n, known := or.OrderIDIndex[id]; known {
				l.EntryRows[i] = or.Row(n)
			}
		}
	}
	l.findRepeated(after.Ledger, len(or.Orders))
	l.doubtful = after.DoubtfulEntries()
	return l
}

// findRepeated compares entries by their ids where an order has several of one kind,
// or is not in the state: the map stays small for a service that charges once.
func (l *LedgerIndex) findRepeated(entries []purchase.Entry, orders int) {
	const charged, refunded, several = 1, 2, 4
	seen := make([]uint8, orders)
	for i := range entries {
		if row := l.EntryRows[i]; row != None {
			kind := uint8(charged)
			if entries[i].Kind == purchase.Refund {
				kind = refunded
			}
			if seen[row]&kind != 0 {
				seen[row] |= several
			}
			seen[row] |= kind
		}
	}
	first := map[string]int{}
	for i := range entries {
		e, row := &entries[i], l.EntryRows[i]
		if e.EntryID == "" || row != None && seen[row]&several == 0 {
			continue
		}
		before, known := first[e.EntryID]
		if !known {
			first[e.EntryID] = i
		} else if f := &entries[before]; f.OrderID == e.OrderID && f.UserID == e.UserID && f.Kind == e.Kind && f.Amount == e.Amount && f.At.Equal(e.At) {
			if l.again == nil {
				l.again = map[int]bool{}
			}
			l.again[i] = true
		}
	}
}
