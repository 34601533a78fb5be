package audit

import (
	"testing"

	"sagalab/pkg/purchase"
)

func TestReadsAlike(t *testing.T) {
	listed := order("a", 2, purchase.Confirmed, "rcf")
	for _, tt := range []struct {
		name   string
		change func(*purchase.Order)
		alike  bool
	}{
		{"the same", func(*purchase.Order) {}, true},
		{"without steps and key", func(o *purchase.Order) { o.Steps, o.IdempotencyKey = nil, "" }, true},
		{"without numbers", func(o *purchase.Order) { *o = purchase.Order{OrderID: o.OrderID, Status: o.Status} }, true},
		{"status", func(o *purchase.Order) { o.Status = purchase.Pending }, false},
		{"no status", func(o *purchase.Order) { o.Status = "" }, false},
		{"amount", func(o *purchase.Order) { o.Amount++ }, false},
		{"user", func(o *purchase.Order) { o.UserID++ }, false},
		{"product", func(o *purchase.Order) { o.ProductID++ }, false},
		{"quantity", func(o *purchase.Order) { o.Quantity++ }, false},
		{"payment method", func(o *purchase.Order) { o.PaymentMethodID++ }, false},
	} {
		alone := listed
		tt.change(&alone)
		if got, other := ReadsAlike(&alone, &listed), ReadsAlike(&listed, &alone); got != tt.alike || other != tt.alike {
			t.Errorf("%s: alike %v, and with the reads exchanged %v; want %v", tt.name, got, other, tt.alike)
		}
	}
}
