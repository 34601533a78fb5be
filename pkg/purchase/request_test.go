package purchase

import (
	"math"
	"testing"
)

// TestOtherQuantity is another payload that is valid, too.
func TestOtherQuantity(t *testing.T) {
	for quantity, want := range map[int64]int64{1: 2, 7: 8, math.MaxInt64: math.MaxInt64 - 1} {
		r := one
		r.Quantity = quantity
		got := r.OtherQuantity()
		if r.Quantity = want; got != r || got.Validate() != nil {
			t.Errorf("of quantity %d: %+v, want %+v", quantity, got, r)
		}
	}
}
