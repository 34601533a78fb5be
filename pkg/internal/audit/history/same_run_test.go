package history

import (
	"fmt"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// TestSameRunWithoutKeys: ids that answers named decide whether a state without keys is of the run,
// orders that are for the same do not.
func TestSameRunWithoutKeys(t *testing.T) {
	var sent []attempted
	for i := range 8 {
		sent = append(sent, attempted{fmt.Sprint("key", i), 2, Confirmed, fmt.Sprint("o", i)})
	}
	refused := attempted{"refused", 2, NoStock, ""}
	unclear := attempted{"unclear", 2, Unclear, ""}
	orders := func(quantity int64, ids ...string) (list []purchase.Order) {
		for _, id := range ids {
			list = append(list, purchase.Order{OrderID: id, UserID: 1, ProductID: 1, Quantity: quantity, Status: purchase.Confirmed})
		}
		return list
	}
	all := []string{"o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"}
	for _, tt := range []struct {
		name   string
		sent   []attempted
		orders []purchase.Order
		says   string // why it is not of this run, "" when it is
	}{
		{"all are there", sent, orders(2, all...), ""},
		{"some are lost", append(sent, refused), orders(2, "o0", "o2", "o3", "o5", "o6"), ""},
		{"most are lost, and others bought nothing", append(sent, refused), orders(2, "o0", "o6"), ""},
		{"all are gone, and others bought the same", append(sent, refused, unclear), orders(2, "x", "y", "z"), "none of the 8 purchases"},
		{"most are gone, and others bought", append(sent, refused), orders(2, "o0", "o6", "x", "y", "z"), "of 8 purchases that were answered with an order the state lacks 6, and it has 3 orders that this run did not make: it was reset since, or has lost them; judge it when"},
		{"some are lost, and others bought", sent, orders(2, "o0", "o2", "o3", "o5", "o6", "x", "y"), ""},
		{"the first are gone", sent, orders(2, "o4", "o5", "o6", "o7"), "lacks exactly the first 4"},
		{"all ids stand for something else", sent, orders(3, all...), ""},
		{"all ids stand for something else, and there is another", sent, orders(3, append(all, "o8")...), "none of the 8 purchases"},
		{"some ids stand for something else, and there is another", sent, append(orders(3, "o0", "o3", "o6"), orders(2, "o1", "o2", "o4", "o5", "o7", "o8")...), "lacks 3, and it has 4 orders"},
		{"one id stands for something else, and there is another", sent, append(orders(3, "o6"), orders(2, "o0", "o1", "o2", "o3", "o4", "o5", "o7", "o8")...), ""},
		{"answers name nothing", []attempted{{"a", 2, Confirmed, ""}, {"b", 2, Confirmed, ""}}, orders(2, "x"), ""},
		{"answers name nothing, and nothing fits", []attempted{{"a", 2, Confirmed, ""}, {"b", 2, Confirmed, ""}}, orders(3, "x"), "none of the 2 purchases"},
	} {
		sealed := modelOf(tt.sent, tt.orders)
		e := sealed.Evidence
		e.Sealed = false
		m := New(e, Options{})
		if tt.says == "" && m.NotThisRun != "" || !strings.Contains(m.NotThisRun, tt.says) {
			t.Errorf("%s: %q, want %q", tt.name, m.NotThisRun, tt.says)
		}
		if sealed.NotThisRun != "" {
			t.Errorf("%s, sealed: %q, want none", tt.name, sealed.NotThisRun)
		}
	}
}

// TestRefusedPurchasesOfSharedServices: where others may buy, a live order of its payload is not
// a refused purchase's, nor a cancelled one a confirmed purchase's.
func TestRefusedPurchasesOfSharedServices(t *testing.T) {
	for _, tt := range []struct {
		meaning        Meaning
		status         purchase.Status
		sealed, shared Origin
	}{
		{NoStock, purchase.Confirmed, Ours, Foreign},
		{NoStock, purchase.Pending, Ours, Foreign},
		{NoStock, purchase.Cancelled, Ours, Ours},
		{Confirmed, purchase.Confirmed, Ours, Ours},
		{Confirmed, purchase.Cancelled, Ours, Foreign},
		{Unclear, purchase.Confirmed, Ours, Ours},
		{Unclear, purchase.Cancelled, Ours, Ours},
	} {
		m := modelOf([]attempted{{"a", 2, tt.meaning, ""}}, []purchase.Order{{OrderID: "x", UserID: 1, ProductID: 1, Quantity: 2, Status: tt.status}})
		e := m.Evidence
		e.Sealed = false
		shared := New(e, Options{})
		if m.Origins[0] != tt.sealed || shared.Origins[0] != tt.shared {
			t.Errorf("%s, %s: origins %d and, shared, %d; want %d and %d", tt.meaning, tt.status, m.Origins[0], shared.Origins[0], tt.sealed, tt.shared)
		}
		if m.PerhapsOfOthers(0) || shared.PerhapsOfOthers(0) != (tt.shared == Ours) {
			t.Errorf("%s, %s: perhaps of others %v and, shared, %v; want only what is guessed of a shared service", tt.meaning, tt.status, m.PerhapsOfOthers(0), shared.PerhapsOfOthers(0))
		}
	}
}
