package history

import (
	"slices"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestDoubtfulEntries: equal entries without ids are different rows of one page, and may be
// one row on two pages.
func TestDoubtfulEntries(t *testing.T) {
	e := purchase.Entry{OrderID: "a", Kind: purchase.Charge, Amount: 5}
	other, named := e, e
	other.Amount, named.EntryID = 6, "1"
	ledger := []purchase.Entry{e, e, other, e, named, named}
	for _, tt := range []struct {
		name  string
		pages []int
		want  []int
	}{
		{"one page", nil, nil},
		{"a page that begins with the third", []int{2}, []int{3}},
		{"a page for each", []int{1, 2, 3, 4, 5}, []int{1, 3}},
		{"the last two on a page of their own", []int{4}, nil},
	} {
		m := New(Evidence{After: &State{Ledger: ledger, LedgerPages: tt.pages}}, Options{})
		var got []int
		for i := range ledger {
			if m.EntryDoubtful(i) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v are doubtful, want %v", tt.name, got, tt.want)
		}
	}
}

// TestDoubtfulInAnotherZone: times are compared, not how they are written.
func TestDoubtfulInAnotherZone(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for then, want := range map[time.Time]bool{at: true, at.In(time.FixedZone("", 3600)): true, at.Add(time.Second): false} {
		s := State{Ledger: []purchase.Entry{{OrderID: "a", At: at}, {OrderID: "a", At: then}}, LedgerPages: []int{1}}
		if got := s.DoubtfulEntries(); got[1] != want || len(got) > 1 {
			t.Errorf("at %v and %v: %v are doubtful", at, then, got)
		}
	}
}
