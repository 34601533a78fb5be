package observe

import (
	"slices"
	"testing"

	"sagalab/pkg/purchase"
)

// rising is buyers of whom purchase i is of user i + 1 and product i % 3 + 1.
type rising struct{}

func (rising) Buy(_ uint64, i int) purchase.Buy {
	return purchase.Buy{Request: purchase.Request{UserID: purchase.ID(i + 1), ProductID: purchase.ID(i%3 + 1), Quantity: 1, PaymentMethodID: 1}}
}
func (rising) Validate() error { return nil }
func (rising) String() string  { return "rising" }

func TestSubjectsOfBuyers(t *testing.T) {
	one := purchase.Request{UserID: 7, ProductID: 8, Quantity: 1, PaymentMethodID: 1}
	for _, tt := range []struct {
		buyers          purchase.Buyers
		purchases, most int
		products, users []purchase.ID
	}{
		{one, 100, 4, []purchase.ID{8}, []purchase.ID{7}},
		{one, 0, 0, []purchase.ID{8}, []purchase.ID{7}},
		{rising{}, 5, 0, []purchase.ID{1, 2, 3}, []purchase.ID{1, 2, 3, 4, 5}},
		{rising{}, 100, 4, []purchase.ID{1, 2, 3}, []purchase.ID{1, 2, 3, 4}},
		{rising{}, 100, 2, []purchase.ID{1, 2}, []purchase.ID{1, 2}},
		{rising{}, 0, 4, []purchase.ID{}, []purchase.ID{}},
	} {
		got := SubjectsOfBuyers(tt.buyers, 7, tt.purchases, tt.most)
		if !slices.Equal(got.Products, tt.products) || !slices.Equal(got.Users, tt.users) {
			t.Errorf("%s, %d purchases, at most %d: %v, want products %v and users %v", tt.buyers, tt.purchases, tt.most, got, tt.products, tt.users)
		}
	}
}
