package observe

import (
	"testing"

	"sagalab/pkg/internal/audit"
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
