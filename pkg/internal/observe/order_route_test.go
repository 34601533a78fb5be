package observe

import (
	"net/http"
	"slices"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// listsNone is an adapter that reads the list of orders, which is empty, and single orders.
type listsNone struct{ answersOnly }

func (listsNone) Orders(purchase.Service) ([]purchase.Order, error) { return nil, nil }

func (listsNone) Order(purchase.Service, string) (o purchase.Order, err error) {
	return o, purchase.StatusError(http.StatusNotFound)
}

// TestOrderRouteWithoutOrders: that an adapter's read of one order finds none proves nothing where
// there is no order.
func TestOrderRouteWithoutOrders(t *testing.T) {
	for _, tt := range []struct {
		name    string
		adapter purchase.Adapter
		orders  []purchase.Order
		offered bool
	}{
		{"no order", listsNone{}, nil, true},
		{"an order that is not found", listsNone{}, []purchase.Order{{OrderID: "a"}}, false},
		{"an adapter that does not read it", readsNothing{}, nil, false},
	} {
		s := &audit.State{Orders: tt.orders, Failed: map[audit.Call]string{}}
		if err := probeOrderRoute(t.Context(), foreign(t, nil).WithAdapter(tt.adapter), s); err != nil {
			t.Fatal(err)
		}
		if offered := !slices.Contains(s.NotOffered, audit.OrderCall); offered != tt.offered {
			t.Errorf("%s: offered %v, want %v", tt.name, offered, tt.offered)
		}
	}
}
