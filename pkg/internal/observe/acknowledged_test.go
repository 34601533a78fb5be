package observe

import (
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// TestUnseenWithoutKeysAndIDs: each confirmed purchase counts, and a repeated answer to one
// key, or with one id, counts once.
func TestUnseenWithoutKeysAndIDs(t *testing.T) {
	for _, tt := range []struct {
		name      string
		keys, ids bool
		unseen    int
	}{
		{"neither", false, false, 4}, {"keys", true, false, 1}, {"ids", false, true, 1}, {"both", true, true, 1},
	} {
		stages := loaded(4, tt.ids)
		for i := range stages[0].Attempts {
			a := &stages[0].Attempts[i]
			if a.Key = ""; tt.keys {
				a.Key = "k0"
			}
			if tt.ids {
				a.OrderID = "0"
			}
		}
		if n, _, known := newAcknowledged(stages, nil).unseen(&audit.State{}); n != tt.unseen || !known {
			t.Errorf("answers with %s, 4 of them, and no order: %d are missing, known %v; want %d", tt.name, n, known, tt.unseen)
		}
	}
	stages := loaded(3, false)
	for i := range stages[0].Attempts {
		stages[0].Attempts[i].Key = ""
	}
	if n, _, _ := newAcknowledged(stages, nil).unseen(&audit.State{Orders: ordersOf(1, false)}); n != 2 {
		t.Errorf("of 3 purchases without key and id one order is shown: %d are missing, want 2", n)
	}
}

// TestUnseenByCount: where the list shows no key, and ids of another form than the answers,
// the confirmed orders are counted.
func TestUnseenByCount(t *testing.T) {
	older := []purchase.Order{{OrderID: "x8", Status: purchase.Confirmed}, {OrderID: "x9", Status: purchase.Cancelled}}
	before := newAcknowledged(loaded(3, true), &audit.State{Orders: older})
	for _, tt := range []struct {
		name   string
		orders []purchase.Order
		unseen int
		named  bool
	}{
		{"none of them", older, 3, false},
		{"one", append(older[:2:2], purchase.Order{OrderID: "x0", Status: purchase.Confirmed}), 2, false},
		{"cancelled ones", append(older[:2:2], purchase.Order{OrderID: "x0", Status: purchase.Cancelled}, purchase.Order{OrderID: "x1", Status: purchase.Cancelled}), 3, false},
		{"all", append(older[:2:2], purchase.Order{OrderID: "x0", Status: purchase.Confirmed}, purchase.Order{OrderID: "x1", Status: purchase.Confirmed}, purchase.Order{OrderID: "x2", Status: purchase.Confirmed}), 0, false},
		{"ids of the same form", append(older[:2:2], purchase.Order{OrderID: "0", Status: purchase.Confirmed}, purchase.Order{OrderID: "y", Status: purchase.Confirmed}, purchase.Order{OrderID: "z", Status: purchase.Confirmed}), 2, true},
		{"an empty list", nil, 3, true},
	} {
		if n, example, known := before.unseen(&audit.State{Orders: tt.orders}); n != tt.unseen || (example != "") != tt.named || !known {
			t.Errorf("%s: %d of 3 are missing, such as %q; want %d, an example: %v", tt.name, n, example, tt.unseen, tt.named)
		}
	}
}
