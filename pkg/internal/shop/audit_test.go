package shop

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"sagalab/pkg/purchase"
)

// sent remembers what was sent under each key and what was answered.
type sent struct {
	mu     sync.Mutex
	of     map[string]purchase.Request
	status map[string][]int // in the order of arrival, 0 when nothing arrived
	order  map[string]map[string]bool
}

func newSent() *sent {
	return &sent{of: map[string]purchase.Request{}, status: map[string][]int{}, order: map[string]map[string]bool{}}
}

// asked is called before a request leaves.
func (s *sent) asked(r purchase.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[r.IdempotencyKey] = r
}

// answered is called with what arrived, orderID "" when there is none in it.
func (s *sent) answered(key string, status int, orderID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status[key] = append(s.status[key], status)
	if orderID != "" {
		if s.order[key] == nil {
			s.order[key] = map[string]bool{}
		}
		s.order[key][orderID] = true
	}
}

// audit checks the rules of conservation on a service at rest: C1 to C5, T1 and,
// when the history is given, K1, K2 and K4 too.
func audit(t testing.TB, a *api, sc purchase.Fixture, h *sent) {
	t.Helper()
	orders := a.orders(1000)
	price, sold := map[int64]int64{}, map[int64]int64{}
	for _, p := range sc.Products {
		price[int64(p.ProductID)] = p.Price
	}
	net, charges := netCharges(a)
	spent := map[int64]int64{}
	for _, o := range orders {
		wantPath, wantNet := "", int64(0)
		switch {
		case o.Status == purchase.Confirmed:
			wantPath, wantNet = "reserve_stock+ charge_payment+ confirm_order+", price[int64(o.ProductID)]*o.Quantity
			sold[int64(o.ProductID)] += o.Quantity
			spent[int64(o.UserID)] += wantNet
		case o.Status == purchase.Cancelled && o.Reason == purchase.InsufficientBalance:
			wantPath = "reserve_stock+ reserve_stock-"
		case o.Status == purchase.Cancelled && o.Reason == purchase.OutOfStock:
		default:
			t.Errorf("C5: order %s is %s for %q, want it terminal", o.OrderID, o.Status, o.Reason)
		}
		if path(o) != wantPath {
			t.Errorf("T1: %s order %s went %q, want %q", o.Status, o.OrderID, path(o), wantPath)
		}
		if net[o.OrderID] != wantNet || charges[o.OrderID] > 1 {
			t.Errorf("C3: %s order %s was charged %d in %d charges, want %d in at most 1",
				o.Status, o.OrderID, net[o.OrderID], charges[o.OrderID], wantNet)
		}
	}
	for _, p := range sc.Products {
		got, want := get[purchase.Product](a, fmt.Sprintf("/products/%d", p.ProductID)), p.Stock-sold[int64(p.ProductID)]
		if got.Stock != want || got.Reserved != 0 {
			t.Errorf("C1: product %d has stock %d and %d reserved, want %d and 0", p.ProductID, got.Stock, got.Reserved, want)
		}
	}
	for _, u := range sc.Users {
		got, want := get[purchase.User](a, fmt.Sprintf("/users/%d", u.UserID)), u.Balance-spent[int64(u.UserID)]
		if got.Balance != want {
			t.Errorf("C2: user %d has %d, want %d", u.UserID, got.Balance, want)
		}
	}
	if h != nil {
		h.agree(t, orders)
	}
}

// netCharges is what each order cost by the ledger, and in how many charges.
func netCharges(a *api) (net map[string]int64, charges map[string]int) {
	net, charges = map[string]int64{}, map[string]int{}
	for _, e := range a.ledger(1000) {
		if e.Kind == purchase.Charge {
			net[e.OrderID] += e.Amount
			charges[e.OrderID]++
		} else {
			net[e.OrderID] -= e.Amount
		}
	}
	return net, charges
}

// agree checks the history against the state.
func (s *sent) agree(t testing.TB, orders []purchase.Order) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	byKey := map[string]purchase.Order{}
	for _, o := range orders {
		req, known := s.of[o.IdempotencyKey]
		if _, twice := byKey[o.IdempotencyKey]; twice || !known || !samePayload(o, req) {
			t.Errorf("C4: order %s for key %q: second for the key %v, want the only one for %+v", o.OrderID, o.IdempotencyKey, twice, req)
		}
		byKey[o.IdempotencyKey] = o
	}
	for key, statuses := range s.status {
		if len(s.order[key]) > 1 {
			t.Errorf("K1: key %s was answered with the orders %v", key, s.order[key])
		}
		o, stored := byKey[key]
		for _, status := range statuses {
			ok := status == http.StatusOK || status == http.StatusCreated
			refused := status == http.StatusPaymentRequired || status == http.StatusConflict
			if ok && o.Status != purchase.Confirmed || refused && o.Status != purchase.Cancelled {
				t.Errorf("C4, K2: key %s was answered %v, and its order is %+v (stored %v)", key, statuses, o, stored)
			}
		}
	}
}
