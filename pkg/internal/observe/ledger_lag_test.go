package observe

import (
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// TestUnbooked: which orders lack a movement of money, and when that is a ledger that is read
// later than the orders. Of three orders the ledger has the first one's charge.
func TestUnbooked(t *testing.T) {
	ended := time.Now()
	paid := []purchase.Product{{ProductID: 1, Price: 5}, {ProductID: 2}}
	amounts := func(s *audit.State) { s.Orders[0].Amount = 5 }
	for _, tt := range []struct {
		name   string
		change func(*audit.State)
		count  int
		late   bool
	}{
		{"the newest", func(*audit.State) {}, 2, true},
		{"one that is older", func(s *audit.State) { s.Orders[2].UpdatedAt = ended.Add(-time.Hour) }, 2, false},
		{"entries without a time", func(s *audit.State) { s.Ledger[0].At = time.Time{} }, 2, true},
		{"orders without a time", func(s *audit.State) { s.Orders[1].UpdatedAt = time.Time{} }, 2, true},
		{"without a time, an older one by the client's clock", func(s *audit.State) {
			s.Ledger[0].At = time.Time{}
			s.Ledger[0].OrderID = "2"
		}, 2, false},
		{"entries without orders", func(s *audit.State) { s.Ledger[0].OrderID = "" }, 1, false},
		{"products that cost nothing", func(s *audit.State) { s.Products = paid }, 0, false},
		{"products that cost nothing, by the amounts of others", func(s *audit.State) { s.Products = paid[1:]; amounts(s) }, 0, false},
		{"one of them cost something", func(s *audit.State) { s.Products = paid; s.Orders[1].Amount = 7 }, 1, true},
		{"products whose price is not read", func(s *audit.State) { s.Products = paid[:1] }, 2, true},
		{"neither prices nor amounts are shown", func(s *audit.State) { s.Products = paid[1:] }, 2, true},
		{"no ledger", func(s *audit.State) { s.Ledger = nil }, 3, false},
	} {
		s := &audit.State{Orders: ordersOf(3, true), Ledger: []purchase.Entry{{EntryID: "e0", OrderID: "0", UserID: 1, Kind: purchase.Charge, Amount: 5, At: ended}}}
		for i := range s.Orders {
			s.Orders[i].ProductID, s.Orders[i].UpdatedAt = min(purchase.ID(i)+1, 2), ended.Add(time.Duration(i)*time.Second)
		}
		tt.change(s)
		stages := loaded(3, true)
		for i := range stages[0].Attempts {
			stages[0].Attempts[i].StartTS = ended.Add(time.Duration(i) * time.Second)
		}
		u := newAcknowledged(stages, nil).findUnbooked(s)
		if late := u.lag(time.Second) != ""; u.count != tt.count || late != tt.late {
			t.Errorf("%s: %d lack a movement of money, a late ledger: %v; want %d, %v", tt.name, u.count, late, tt.count, tt.late)
		}
	}
}
