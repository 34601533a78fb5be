package observe

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// TestListedOrdersAreReadAlone: what is listed and not found alone, also when reads may no
// longer be late.
func TestListedOrdersAreReadAlone(t *testing.T) {
	found, notFound := says(`{"order_id":"a"}`), status(404, `{"code":"unknown_order"}`)
	var asked atomic.Int64
	late := func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			notFound(w, r)
			return
		}
		found(w, r)
	}
	state := func(beyond ...audit.Call) *audit.State {
		return &audit.State{Orders: []purchase.Order{{OrderID: "a"}, {OrderID: "b"}, {OrderID: "c"}}, NotOffered: beyond}
	}
	const settle = 50 * time.Millisecond
	for _, tt := range []struct {
		name     string
		handlers map[string]http.HandlerFunc
		s        *audit.State
		gone     int
	}{
		{"all found", map[string]http.HandlerFunc{"GET /orders/{id}": found}, state(), 0},
		{"one is not", map[string]http.HandlerFunc{"GET /orders/{id}": found, "GET /orders/b": notFound}, state(), 1},
		{"none is", map[string]http.HandlerFunc{"GET /orders/{id}": notFound}, state(), 0},
		{"one comes later", map[string]http.HandlerFunc{"GET /orders/{id}": found, "GET /orders/b": late}, state(), 0},
		{"not offered", map[string]http.HandlerFunc{"GET /orders/{id}": found, "GET /orders/b": notFound}, state(audit.OrderCall), 0},
		{"no order", nil, &audit.State{}, 0},
	} {
		last := time.Now()
		list, err := readListedAlone(t.Context(), foreign(t, tt.handlers), tt.s, last, settle)
		if err != nil {
			t.Fatal(err)
		}
		gone := 0
		for _, x := range list {
			gone += len(x.Gone)
			if x.Asked.Sub(last) <= settle || x.Answered.Before(x.Asked) || len(x.Orders) > 0 {
				t.Errorf("%s: asked at %v, answered at %v with %d orders; want it after the time for settling", tt.name, x.Asked.Sub(last), x.Answered.Sub(last), len(x.Orders))
			}
		}
		if gone != tt.gone {
			t.Errorf("%s: %d orders are gone, want %d", tt.name, gone, tt.gone)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("an order that was not found was asked for %d times, want 2", asked.Load())
	}
}
