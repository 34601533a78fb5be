package observe

import (
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// unbooked are orders of a state whose movements of money its ledger does not show yet: a
// confirmed one without a charge, or a cancelled one whose charge has no refund.
type unbooked struct {
	count   int
	example string
	// newest: all of them ended after the newest entry that the ledger shows, as when the
	// ledger is read later than the orders; false when it shows no entry. Where the service
	// does not date them, what answers say by the client's clock decides (newestByClient).
	newest bool
}

// findUnbooked returns the unbooked orders of a state, none when it shows no orders or no
// ledger. A ledger that shows an entry without its order or its kind does not show how fresh
// it is: it counts as one that is missing. Orders from before the stages,
// and those that cost nothing, are left out.
func (t *acknowledged) findUnbooked(s *audit.State) unbooked {
	if why, _ := s.Unusable(audit.OrdersCall, audit.LedgerCall); why != "" {
		return unbooked{}
	}
	if slices.ContainsFunc(s.Ledger, func(e purchase.Entry) bool { return e.OrderID == "" || e.Kind == "" }) {
		return unbooked{count: 1}
	}
	net := make(map[uint64]int32, len(s.Orders)) // charges without a refund
	charged := make([]uint64, 0, len(s.Ledger))
	var newest time.Time
	for i := range s.Ledger {
		e := &s.Ledger[i]
		if e.At.After(newest) {
			newest = e.At
		}
		id := hashOf(e.OrderID)
		if e.Kind == purchase.Charge {
			net[id]++
			charged = append(charged, id)
		} else {
			net[id]--
		}
	}
	u, booked, free := unbooked{newest: len(s.Ledger) > 0}, newHashSet(charged), freeProducts(s)
	dated := datesMovements(s)
	var lacking []*purchase.Order // when they are not dated
	for i := range s.Orders {
		o := &s.Orders[i]
		id := hashOf(o.OrderID)
		lacks := o.Status == purchase.Confirmed && !booked.has(id) && !(o.Amount == 0 && free[o.ProductID]) || o.Status == purchase.Cancelled && net[id] > 0
		if !lacks || t.older.has(id) {
			continue
		}
		if u.count++; u.count == 1 {
			u.example = o.OrderID
		}
		if u.newest = u.newest && (!dated || o.UpdatedAt.After(newest)); !dated {
			lacking = append(lacking, o)
		}
	}
	u.newest = u.newest && (dated || t.newestByClient(lacking, s))
	return u
}

// freeProducts returns the products of a state that cost nothing, none when the service shows
// neither a price nor an amount other than 0.
func freeProducts(s *audit.State) map[purchase.ID]bool {
	shown := slices.ContainsFunc(s.Products, func(p purchase.Product) bool { return p.Price != 0 }) ||
		slices.ContainsFunc(s.Orders, func(o purchase.Order) bool { return o.Amount != 0 })
	free := map[purchase.ID]bool{}
	for _, p := range s.Products {
		if shown && p.Price == 0 {
			free[p.ProductID] = true
		}
	}
	return free
}

// lag says that the ledger is read later than the orders, "" when it is not late or its
// gaps are no matter of time: older movements than those that it shows are missing.
func (u unbooked) lag(settle time.Duration) string {
	if u.count == 0 || !u.newest {
		return ""
	}
	return fmt.Sprintf("the ledger lacks the movements of the newest %s %v after the load had ended, such as order %s: it is read later than the orders, and no lag is declared", history.Counted(u.count, "order", "orders"), settle, u.example)
}
