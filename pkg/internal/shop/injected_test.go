package shop

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/purchase"
)

// TestInjectionNeedsLab: trouble and defects are refused outside a laboratory.
func TestInjectionNeedsLab(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Defects: []defect.Defect{defect.Oversell}}, "need Lab"},
		{Config{Trouble: defect.Trouble{FailedUndo: 1}}, "need Lab"},
		{Config{Lab: true, Defects: []defect.Defect{"overselling"}}, "no defect"},
		{Config{Lab: true, Trouble: defect.Trouble{Duplicate: 1}}, "0 to 0.9"},
	} {
		if _, err := Open(t.Context(), c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%+v): got error %v, want one with %q", c.config, err, c.want)
		}
	}
}

// TestDefectsAreNoted: what a defect did is reported until the next fixture, and the
// same seed strikes the same purchases.
func TestDefectsAreNoted(t *testing.T) {
	struck := func(seed uint64) (keys []string) {
		fixture := purchase.Plenty()
		s, base := opened(t, Config{Lab: true, Fixture: &fixture, Defects: []defect.Defect{defect.SpuriousStock}, Seed: seed})
		a := newAPI(t, base)
		for i := range 20 {
			a.buy(plain(1, 1, 1, fmt.Sprint("key ", i)))
		}
		for _, id := range s.Struck(defect.SpuriousStock) {
			keys = append(keys, get[purchase.Order](a, "/orders/"+id).IdempotencyKey)
		}
		if other := s.Struck(defect.Oversell); len(other) != 0 {
			t.Errorf("a defect that is off struck %v", other)
		}
		if err := s.SetFixture(t.Context(), fixture); err != nil {
			t.Fatal(err)
		}
		if left := s.Struck(defect.SpuriousStock); len(left) != 0 {
			t.Errorf("after a new fixture %v are struck, want none", left)
		}
		return keys
	}
	first, second, other := struck(1), struck(1), struck(2)
	if len(first) == 0 || !reflect.DeepEqual(first, second) || reflect.DeepEqual(first, other) {
		t.Errorf("struck by one seed %v, again %v, by another %v; want the same, and another", first, second, other)
	}
}
