package compare

import (
	"fmt"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestBuyersAreADifference where both stages have theirs recorded.
func TestBuyersAreADifference(t *testing.T) {
	one := &purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}
	order, mix := runs.Info{Order: one, Buyers: one.String()}, runs.Info{Buyers: "users=1..1000"}
	for _, tt := range []struct {
		a, b runs.Info
		want string
	}{
		{order, order, "[]"}, {mix, mix, "[]"}, {runs.Info{}, mix, "[]"}, {order, runs.Info{}, "[]"}, {runs.Info{Order: one}, order, "[]"},
		{order, mix, "[bought: 1 of product 1 by user 1, payment method 1 in A, users=1..1000 in B]"},
	} {
		if got := fmt.Sprint(differences(tt.a, tt.b)); got != tt.want {
			t.Errorf("the differences are %s, want %s", got, tt.want)
		}
	}
}
