package history

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stageOf is a complete stage of purchases that were confirmed one after another, one
// a second; each key has the name of its order.
func stageOf(ids ...string) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: "load", State: runs.Complete, Requests: len(ids), Started: second(0)}}
	for i, id := range ids {
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), Key: id, UserID: 1, ProductID: 1, Quantity: 1, Attempts: 1})
		s.Attempts = append(s.Attempts, runs.Attempt{Index: int64(i), Number: 1, Key: id, StartTS: second(i), LatencyMS: 100, Status: 201, Sent: true, OrderID: id})
	}
	return s
}

func second(n int) time.Time { return time.Date(2026, 1, 2, 3, 4, n, 0, time.UTC) }

func ordersOf(ids ...string) (list []purchase.Order) {
	for _, id := range ids {
		list = append(list, purchase.Order{OrderID: id, IdempotencyKey: id, UserID: 1, ProductID: 1, Quantity: 1, Status: purchase.Confirmed})
	}
	return list
}

func TestReadAllowance(t *testing.T) {
	lag := func(ms int64) *State { return &State{LagMS: &ms} }
	for _, tt := range []struct {
		name  string
		after *State
		want  time.Duration
	}{
		{"no state", nil, 3 * time.Second},
		{"nothing declared", &State{}, 3 * time.Second},
		{"none", lag(0), 0},
		{"declared", lag(800), 800 * time.Millisecond},
		{"negative", lag(-5), 0},
		{"more than a day", lag(1 << 60), 24 * time.Hour},
	} {
		m := New(Evidence{After: tt.after}, Options{Settle: 3 * time.Second})
		if got := m.ReadAllowance(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestMoving(t *testing.T) {
	pending := ordersOf("a")
	pending[0].Status = purchase.Pending
	for _, tt := range []struct {
		name             string
		after            State
		moving, notFinal string
	}{
		{"settled", State{At: second(9), Orders: ordersOf("a")}, "", ""},
		{"pending", State{At: second(9), Orders: pending}, "", "1 order is still pending"},
		{"not settled", State{At: second(9), Orders: ordersOf("a"), Unsettled: "it changed"}, "it changed", "it changed"},
		{"too early", State{At: second(0), Orders: ordersOf("a")}, "the state was read 100.0 ms before the last answer", "the state was read"},
	} {
		m := New(Evidence{Stages: []runs.Stage{stageOf("a")}, After: &tt.after}, Options{})
		for _, c := range [][2]string{{m.Moving, tt.moving}, {m.NotFinal, tt.notFinal}} {
			if !strings.HasPrefix(c[0], c[1]) || c[1] == "" && c[0] != "" {
				t.Errorf("%s: %q, want %q", tt.name, c[0], c[1])
			}
		}
	}
}

// A reset explains that exactly the first orders are gone, and only where others may
// have done it.
func TestSameRun(t *testing.T) {
	all := []string{"a", "b", "c", "d"}
	reused := ordersOf("x", "d") // another purchase has the id of the first one since
	reused[0].OrderID = "a"
	for _, tt := range []struct {
		name   string
		orders []purchase.Order
		sealed bool
		want   string
	}{
		{"all there", ordersOf(all...), false, ""},
		{"none there", nil, false, "none of the 4 purchases that were answered with an order in stage load is in the state"},
		{"the first two are gone", ordersOf("c", "d"), false, "of 4 purchases that the service said it had begun the state lacks exactly the first 2: the service was reset during the run"},
		{"the first are gone, ids begin anew", reused, false, "of 4 purchases that the service said it had begun the state lacks exactly the first 3"},
		{"one in between is gone", ordersOf("a", "c", "d"), false, ""},
		{"the last is gone", ordersOf("a", "b", "c"), false, ""},
		{"the first two are gone, alone", ordersOf("c", "d"), true, ""},
	} {
		m := New(Evidence{Stages: []runs.Stage{stageOf(all...)}, After: &State{At: second(30), Orders: tt.orders}, Sealed: tt.sealed}, Options{})
		if !strings.HasPrefix(m.NotThisRun, tt.want) || tt.want == "" && m.NotThisRun != "" {
			t.Errorf("%s: %q, want %q", tt.name, m.NotThisRun, tt.want)
		}
	}
}

func TestRepeatedEntries(t *testing.T) {
	e := purchase.Entry{EntryID: "1", OrderID: "a", UserID: 1, Kind: purchase.Charge, Amount: 5, At: second(1)}
	other, later, unnamed, refund, unowned := e, e, e, e, e
	other.EntryID = "2"
	later.At = second(2)
	unnamed.EntryID = ""
	refund.EntryID, refund.Kind = "3", purchase.Refund
	unowned.EntryID, unowned.OrderID = "4", "z"
	ledger := []purchase.Entry{e, e, other, later, unnamed, unnamed, refund, refund, unowned, unowned}
	m := New(Evidence{Stages: []runs.Stage{stageOf("a")}, After: &State{Orders: ordersOf("a"), Ledger: ledger}}, Options{})
	for i, want := range []bool{false, true, false, false, false, false, false, true, false, true} {
		if got := m.EntryRepeated(i); got != want {
			t.Errorf("entry %d is repeated: %v, want %v", i, got, want)
		}
		if row := m.EntryRows[i]; (row == None) != (i >= 8) {
			t.Errorf("entry %d has row %d", i, row)
		}
	}
}

func TestPriceDoubt(t *testing.T) {
	fixture := &purchase.Fixture{Products: []purchase.FixtureProduct{{ProductID: 1, Price: 10}}}
	read := func(price int64) *State { return &State{Products: []purchase.Product{{ProductID: 1, Price: price}}} }
	seen := []Sample{{Products: []purchase.Product{{ProductID: 1, Price: 12}}}}
	for _, tt := range []struct {
		name  string
		e     Evidence
		price int64
		want  string
	}{
		{"set and read", Evidence{Fixture: fixture, After: read(10)}, 10, ""},
		{"set, and read otherwise", Evidence{Fixture: fixture, After: read(11)}, 10, "the price of product 1 was 10 before the run and 11 after it"},
		{"set, and read otherwise, alone", Evidence{Fixture: fixture, After: read(11), Sealed: true}, 10, ""},
		{"set, and otherwise meanwhile", Evidence{Fixture: fixture, After: read(10), Samples: seen}, 10, "the price of product 1 was read as 10 and, meanwhile, as 12"},
		{"set, not read", Evidence{Fixture: fixture, After: &State{}}, 10, "the price of product 1 was not read after the run"},
		{"set, not read, alone", Evidence{Fixture: fixture, Sealed: true}, 10, ""},
		{"read twice", Evidence{Before: read(10), After: read(10)}, 10, ""},
		{"read twice, otherwise, alone", Evidence{Before: read(10), After: read(11), Sealed: true}, 10, "the price of product 1 was 10 before the run and 11 after it"},
		{"read at the end", Evidence{After: read(10)}, 10, "the price of product 1 was read only after the run"},
	} {
		m := New(tt.e, Options{})
		if got := m.PriceDoubt[1]; got != tt.want || m.Price[1] != tt.price {
			t.Errorf("%s: price %d, %q; want %d, %q", tt.name, m.Price[1], got, tt.price, tt.want)
		}
	}
}
