package runs

import (
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

func TestBought(t *testing.T) {
	order := &purchase.Request{UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4}
	for _, tt := range []struct {
		info Info
		want string
	}{
		{Info{}, "not recorded"},
		{Info{Order: order}, "3 of product 2 by user 1, payment method 4"}, // before buyers were recorded
		{Info{Order: order, Buyers: order.String()}, "3 of product 2 by user 1, payment method 4"},
		{Info{Buyers: "users=1..1000 products=1"}, "users=1..1000 products=1"},
		{Info{Buyers: strings.Repeat("é", 1000)}, strings.Repeat("é", 200) + "…"},
	} {
		if got := tt.info.Bought(); got != tt.want {
			t.Errorf("bought %q, want %q", got, tt.want)
		}
	}
}
