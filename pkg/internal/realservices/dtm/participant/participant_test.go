package participant

import "testing"

func newParticipant() *Participant {
	p := &Participant{}
	p.Set(Fixture{Users: map[string]int64{"user-1": 1000}, Products: map[string]Product{"product-1": {Price: 400, OnHand: 1}}})
	return p
}

// call does one operation of the gid "g".
func call(p *Participant, path, branch, op string) error {
	return p.do(operation{"g", branch, op}, Payload{"user-1", "product-1", 1}, steps[path])
}

func TestRepeatsTakeEffectOnce(t *testing.T) {
	p := newParticipant()
	for range 2 {
		for _, c := range [][3]string{{"/orders/create", "01", "action"}, {"/stock/deduct", "02", "action"}, {"/payments/charge", "03", "action"}} {
			if err := call(p, c[0], c[1], c[2]); err != nil {
				t.Fatalf("%v: %v", c, err)
			}
		}
	}
	if len(p.sequence) != 1 || p.products["product-1"].OnHand != 0 || p.users["user-1"] != 600 || len(p.ledger) != 1 {
		t.Errorf("after each step twice: %d orders, %+v, %v, ledger %v", len(p.sequence), p.products, p.users, p.ledger)
	}
	for range 2 {
		for _, c := range [][3]string{{"/payments/refund", "03", "compensate"}, {"/stock/restore", "02", "compensate"}, {"/orders/cancel", "01", "compensate"}} {
			if err := call(p, c[0], c[1], c[2]); err != nil {
				t.Fatalf("%v: %v", c, err)
			}
		}
	}
	if p.orders["g"].Status != "CANCELLED" || p.products["product-1"].OnHand != 1 || p.users["user-1"] != 1000 || len(p.ledger) != 2 {
		t.Errorf("after each compensation twice: %+v, %+v, %v, ledger %v", p.orders["g"], p.products, p.users, p.ledger)
	}
}

func TestCompensationWithoutAction(t *testing.T) {
	p := newParticipant()
	if err := call(p, "/stock/restore", "02", "compensate"); err != nil {
		t.Fatal(err)
	}
	if err := call(p, "/stock/deduct", "02", "action"); err != nil {
		t.Fatal(err)
	}
	if left := p.products["product-1"].OnHand; left != 1 {
		t.Errorf("a compensation without its action, then the action: %d left, want 1", left)
	}
}

func TestRefusedActionCanBeCompensated(t *testing.T) {
	p := newParticipant()
	p.products["product-1"] = Product{Price: 400}
	if err := call(p, "/stock/deduct", "02", "action"); err != errOutOfStock {
		t.Fatalf("deducting from 0: %v, want %v", err, errOutOfStock)
	}
	if err := call(p, "/stock/restore", "02", "compensate"); err != nil {
		t.Fatal(err)
	}
	if left := p.products["product-1"].OnHand; left != 0 {
		t.Errorf("a refused action was compensated: %d left, want 0", left)
	}
}
