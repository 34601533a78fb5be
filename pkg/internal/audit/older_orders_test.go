package audit

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// Without a fixture and without the state before, an order that the run did not send may be older
// than it, also where the run alone used the service, unless the service shows that it was
// created after one of the run's.
func TestOrdersPerhapsOlderThanTheRun(t *testing.T) {
	judged := func(created func(*purchase.Order), before *State, sole bool) Report {
		x := calmTale()
		z := order("z", 1, purchase.Confirmed, "rcf")
		created(&z)
		x.orders = append(x.orders, z)
		x.ledger = append(x.ledger, entry("z", purchase.Charge, 10))
		e := x.evidence()
		e.Fixture, e.Before, e.Sealed = nil, before, sole
		return Judge(e, Options{})
	}
	at := func(shift time.Duration) func(*purchase.Order) {
		return func(o *purchase.Order) { o.CreatedAt = o.CreatedAt.Add(shift) }
	}
	none := func(o *purchase.Order) { o.CreatedAt = time.Time{} }
	failed := &State{Failed: map[Call]string{OrdersCall: "HTTP 500"}}
	for _, tt := range []struct {
		name    string
		created func(*purchase.Order)
		before  *State
		want    Answer
		says    string
	}{
		{"no times", none, nil, Unknown, "1 order under keys that this run did not send: they may be older than the run"},
		{"created with the run's first order", at(0), nil, Unknown, "may be older than the run"},
		{"created before", at(-time.Hour), nil, Unknown, "may be older than the run"},
		{"created after the run's first order", at(time.Second), nil, Violated, "order o-z was made under key z"},
		{"the read before failed", none, failed, Unknown, "may be older than the run"},
		{"no order was there before", none, &State{}, Violated, "order o-z was made under key z"},
		{"it was there before", none, &State{Orders: []purchase.Order{order("z", 1, purchase.Confirmed, "rcf")}}, Holds, ""},
	} {
		r := judged(tt.created, tt.before, true)
		v := r.Verdict("C4")
		text := v.Reason
		if v.First != nil {
			text += v.First.Says
		}
		if v.Answer != tt.want || !strings.Contains(text, tt.says) {
			t.Errorf("%s: %s, %q; want %s, %q", tt.name, v.Answer, text, tt.want, tt.says)
		}
		if tt.want != Violated && len(r.Violated()) > 0 {
			t.Errorf("%s: %v is violated", tt.name, r.Violated()[0].Rule)
		}
	}
}

// Of orders that show no key some may be older than the run: a surplus proves nothing.
func TestOlderOrdersWithoutKeys(t *testing.T) {
	x := calmTale()
	x.sent = append(x.sent, x.sent[0])
	x.sent[1].at += 50
	older := order("y", 2, purchase.Confirmed, "rcf")
	x.orders = append(x.orders, older)
	e := x.evidence()
	for i := range e.After.Orders {
		e.After.Orders[i].IdempotencyKey, e.After.Orders[i].CreatedAt = "", time.Time{}
	}
	e.Fixture = nil
	if v := Judge(e, Options{}).Verdict("K1"); v.Answer == Violated {
		t.Errorf("K1 is %s: %s", v.Answer, v.Reason)
	}
}

// A refused purchase is not held to be confirmed by an older order of the same payload.
func TestOlderOrderOfARefusedPurchase(t *testing.T) {
	x := tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "out_of_stock", "")}, orders: []purchase.Order{order("z", 2, purchase.Confirmed, "rcf")}}
	e := x.evidence()
	e.After.Orders[0].IdempotencyKey = ""
	if v := Judge(e, Options{}).Verdict("C4"); v.Answer != Violated {
		t.Errorf("after a fixture C4 is %s (%s), want it violated", v.Answer, v.Reason)
	}
	e.Fixture = nil
	if v := Judge(e, Options{}).Verdict("C4"); v.Answer != Unknown || !strings.Contains(v.Reason, "may be older than the run") {
		t.Errorf("C4 is %s (%s), want unknown: it may be older", v.Answer, v.Reason)
	}
}
