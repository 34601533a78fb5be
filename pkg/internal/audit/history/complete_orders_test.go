package history

import (
	"reflect"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// attempted is a purchase of a stage with one attempt.
type attempted struct {
	key      string
	quantity int64
	meaning  Meaning
	names    string
}

// modelOf returns the model of purchases by user 1 of product 1, and of orders that a sole
// client finds after them.
func modelOf(list []attempted, orders []purchase.Order) *Model {
	s := runs.Stage{Info: runs.Info{Stage: "load", Kind: runs.Load, State: runs.Complete, Requests: len(list)}}
	for i, x := range list {
		a := runs.Attempt{Stage: "load", Index: int64(i), Number: 1, Key: x.key, StartTS: second(i), LatencyMS: 1, Status: 200, Sent: true, OrderID: x.names, Meaning: x.meaning.String()}
		s.Attempts = append(s.Attempts, a)
		s.Operations = append(s.Operations, runs.Operation{Stage: "load", Index: int64(i), Key: x.key, UserID: 1, ProductID: 1, Quantity: x.quantity, PaymentMethodID: 1, Attempts: 1, StartTS: second(i)})
	}
	return New(Evidence{Stages: []runs.Stage{s}, Sealed: true, After: &State{At: second(1000), Orders: orders}}, Options{})
}

// TestCompleteOrders: what an order does not show it gets from the purchase that certainly
// made it, and the evidence is not changed.
func TestCompleteOrders(t *testing.T) {
	confirmed := func(id, key string) purchase.Order {
		return purchase.Order{OrderID: id, IdempotencyKey: key, Status: purchase.Confirmed}
	}
	for _, tt := range []struct {
		name     string
		list     []attempted
		order    purchase.Order
		quantity int64 // that the order gets, 0 without one
		guessed  bool
	}{
		{"an answer named it", []attempted{{"a", 2, Confirmed, "o"}}, confirmed("o", ""), 2, false},
		{"a refusal named it", []attempted{{"a", 2, NoStock, "o"}}, purchase.Order{OrderID: "o", Status: purchase.Cancelled}, 2, false},
		{"it carries the key", []attempted{{"a", 2, Unclear, ""}}, confirmed("o", "a"), 2, false},
		{"it shows another quantity", []attempted{{"a", 2, Confirmed, "o"}}, purchase.Order{OrderID: "o", Status: purchase.Confirmed, Quantity: 5}, 5, false},
		{"nothing assigns it", []attempted{{"a", 2, Unclear, ""}}, confirmed("o", ""), 0, true},
		{"of two payloads, the one that was confirmed with it", []attempted{{"a", 2, Confirmed, "o"}, {"a", 3, Unclear, ""}}, confirmed("o", ""), 2, false},
		{"of two payloads, the one that was not refused as re-used", []attempted{{"a", 2, KeyReused, ""}, {"a", 3, Unclear, ""}}, confirmed("o", "a"), 3, false},
		{"of two payloads, the only one that was confirmed", []attempted{{"a", 2, Unclear, ""}, {"a", 3, Confirmed, ""}}, confirmed("o", "a"), 3, false},
		{"of two payloads, either", []attempted{{"a", 2, Unclear, ""}, {"a", 3, Unclear, ""}}, confirmed("o", "a"), 0, true},
		{"of two payloads, both confirmed", []attempted{{"a", 2, Confirmed, "o"}, {"a", 3, Confirmed, "o"}}, confirmed("o", "a"), 0, true},
	} {
		orders := []purchase.Order{tt.order}
		m := modelOf(tt.list, orders)
		if got := m.Orders[0].Quantity; got != tt.quantity {
			t.Errorf("%s: quantity %d, want %d", tt.name, got, tt.quantity)
		}
		n := m.PurchaseOf[0]
		if tt.order.Quantity == 0 && (n == None || m.Purchases[n].Guessed != tt.guessed || m.Purchases[n].Vague != tt.guessed) {
			t.Errorf("%s: purchase %d of %+v, want a guess: %v", tt.name, n, m.Purchases, tt.guessed)
		}
		if !reflect.DeepEqual(orders[0], tt.order) {
			t.Errorf("%s: the evidence was changed to %+v", tt.name, orders[0])
		}
	}
}

// TestVagueOrders: an order that shows nothing is no phantom when it may be of a purchase
// without an outcome, and says for none whether it took effect.
func TestVagueOrders(t *testing.T) {
	unclear := attempted{"a", 2, Unclear, ""}
	orders := func(statuses ...purchase.Status) (list []purchase.Order) {
		for i, s := range statuses {
			list = append(list, purchase.Order{OrderID: string(rune('x' + i)), Status: s})
		}
		return list
	}
	for _, tt := range []struct {
		name     string
		list     []attempted
		orders   []purchase.Order
		phantoms int
	}{
		{"of an unclear purchase", []attempted{unclear}, orders(purchase.Confirmed), 0},
		{"the second of an unclear purchase", []attempted{unclear}, orders(purchase.Cancelled, purchase.Confirmed), 0},
		{"of a purchase that was confirmed without an id", []attempted{{"a", 2, Confirmed, ""}}, orders(purchase.Confirmed), 0},
		{"of a purchase that was refused without an id", []attempted{{"a", 2, NoMoney, ""}}, orders(purchase.Cancelled), 0},
		{"of a purchase that was turned away", []attempted{{"a", 2, TurnedAway, ""}}, orders(purchase.Confirmed), 1},
		{"of a purchase whose order was named", []attempted{{"a", 2, Confirmed, "z"}}, append(orders(purchase.Confirmed), purchase.Order{OrderID: "z", Status: purchase.Confirmed}), 1},
		{"of another user", []attempted{unclear}, []purchase.Order{{OrderID: "x", UserID: 9, Status: purchase.Confirmed}}, 1},
	} {
		m := modelOf(tt.list, tt.orders)
		if m.PhantomCount != tt.phantoms {
			t.Errorf("%s: %d phantoms, want %d", tt.name, m.PhantomCount, tt.phantoms)
		}
		if e, _ := m.EffectOf(&m.Purchases[0]); tt.list[0].meaning == Unclear && e != EffectOpen {
			t.Errorf("%s: effect %d, want an open one", tt.name, e)
		}
	}
}

// TestPricesNotShown: a price of 0 is none.
func TestPricesNotShown(t *testing.T) {
	shows := func(price int64) *State {
		return &State{Products: []purchase.Product{{ProductID: 1, Price: price, Stock: 5}}}
	}
	for _, tt := range []struct {
		name          string
		before, after *State
		samples       []Sample
		price         int64
		doubt         bool
	}{
		{"never", shows(0), shows(0), nil, 0, false},
		{"before the run", shows(7), shows(0), nil, 7, true},
		{"after the run", shows(0), shows(7), nil, 7, true},
		{"not in a sample", shows(7), shows(7), []Sample{{Products: shows(0).Products}}, 7, false},
	} {
		m := New(Evidence{Before: tt.before, After: tt.after, Samples: tt.samples}, Options{})
		price, known := m.Price[1]
		if price != tt.price || known != (price != 0) || (m.PriceDoubt[1] != "") != tt.doubt {
			t.Errorf("%s: price %d (known: %v), doubt %q; want %d, a doubt: %v", tt.name, price, known, m.PriceDoubt[1], tt.price, tt.doubt)
		}
	}
}
