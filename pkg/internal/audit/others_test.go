package audit

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// joined is the stage of two, the second of which came after the first.
func joined(first, second runs.Stage) runs.Stage {
	shift := int64(len(first.Operations)) + 1000
	later := first.Attempts[len(first.Attempts)-1].StartTS.Add(time.Second).Sub(second.Started)
	s := first
	s.Requests += second.Requests
	s.Attempts = append([]runs.Attempt{}, first.Attempts...)
	s.Operations = append([]runs.Operation{}, first.Operations...)
	for _, a := range second.Attempts {
		a.Index += shift
		a.StartTS = a.StartTS.Add(later)
		s.Attempts = append(s.Attempts, a)
	}
	for _, op := range second.Operations {
		op.Index += shift
		op.StartTS, op.EndTS = op.StartTS.Add(later), op.EndTS.Add(later)
		s.Operations = append(s.Operations, op)
	}
	return s
}

// resetDuringRun is a run during which another client sets the fixture again, so that
// all orders go and ids begin anew.
func resetDuringRun(seed uint64) Evidence {
	cfg := randomConfig(seed)
	cfg.poll = 0
	first := simulate(cfg)
	cfg.prefix = "after-"
	cfg.seed += 1_000_000
	second := simulate(cfg)
	e := second.evidence()
	first.fillBodies()
	e.Stages = []runs.Stage{joined(first.stage, second.stage)}
	e.Sealed = false
	withAfter(&e, func(st *State) { st.At = st.At.Add(time.Hour) })
	return e
}

// aboutState reports whether a rule looks at what the service shows.
func aboutState(rule string) bool { return strings.HasPrefix(rule, "C") || strings.HasPrefix(rule, "T") }

// A service that another client resets during the run has lost nothing.
func TestResetDuringTheRun(t *testing.T) {
	const seeds = 200
	named := 0
	for seed := range uint64(seeds) {
		r := Judge(resetDuringRun(seed), Options{})
		for _, rule := range violated(r) {
			if aboutState(rule) {
				t.Fatalf("seed %d: %s is violated\n%s", seed, rule, r)
			}
		}
		if v := r.Verdict("C8"); v.Answer == Unknown && strings.Contains(v.Reason, "the service was reset during the run, or has lost them") {
			named++
		}
	}
	if named < seeds/2 {
		t.Errorf("the reset was named in %d of %d runs, want at least half", named, seeds)
	}
}

// Orders that are lost here and there are lost, not reset, also where others may use
// the service.
func TestLostOrdersAreNoReset(t *testing.T) {
	shown, found := 0, 0
	for seed := uint64(0); shown < 40 && seed < 400; seed++ {
		cfg := randomConfig(seed)
		plenty(&cfg)
		cfg.defect = "lost_order"
		s := simulate(cfg)
		e := s.evidence()
		e.Sealed = false
		if lostOrders(s, e) < 3 {
			continue
		}
		shown++
		if Judge(e, Options{}).Verdict("C8").Answer == Violated {
			found++
		}
	}
	if shown < 40 || found < shown*19/20 {
		t.Errorf("lost orders were found in %d of %d runs, want 19 of 20 of 40", found, shown)
	}
}

// twoLoads is a service that two clients load at the same time, as the first sees it:
// its own operations are those with an even index.
func twoLoads(cfg simConfig) Evidence {
	cfg.duplicate, cfg.reuse = 0, 0
	e := simulate(cfg).evidence()
	s := e.Stages[0]
	var half []runs.Operation
	for _, op := range s.Operations {
		if op.Index%2 == 0 {
			half = append(half, op)
		}
	}
	s.Operations = half
	s.Attempts, s.Requests = ofOperations(s), len(half)
	e.Stages, e.Sealed = []runs.Stage{s}, false
	return e
}

// Two loads at once: neither the other's orders nor what the other still has under
// way is held against the service; what the service does to the run's own orders is.
func TestTwoLoadsAtOnce(t *testing.T) {
	pending := 0
	for seed := range uint64(150) {
		e := twoLoads(randomConfig(seed))
		e.Samples = nil // which saw the other's orders as they had ended
		own := map[string]bool{}
		for _, op := range e.Stages[0].Operations {
			own[op.Key] = true
		}
		withAfter(&e, func(st *State) {
			for i := range st.Orders {
				if o := &st.Orders[i]; !own[o.IdempotencyKey] && i > len(st.Orders)/2 {
					o.Status, o.Steps = purchase.Pending, nil
				}
			}
		})
		r := Judge(e, Options{})
		if rules := violated(r); len(rules) > 0 {
			t.Fatalf("seed %d: %v is violated\n%s", seed, rules, r)
		}
		if v := r.Verdict("C5"); v.Answer == Holds && r.Verdict("C4").Answer == Unknown {
			pending++
		}
	}
	if pending < 60 {
		t.Errorf("C5 held beside the other's orders in %d of 150 runs, want at least 60", pending)
	}
	for _, row := range []struct{ defect, rule string }{{"charge_other", "C3"}, {"lost_refund", "C3"}, {"lost_refund", "T1"}, {"double_charge", "C3"}, {"stuck", "C5"}} {
		shown, found := 0, 0
		for seed := uint64(2000); shown < 20 && seed < 2400; seed++ {
			cfg := randomConfig(seed)
			twoUsers(&cfg)
			cfg.defect = row.defect
			cfg.ops += 60
			if e := twoLoads(cfg); len(violated(Judge(sealed(e), Options{}))) > 0 {
				shown++
				if Judge(e, Options{}).Verdict(row.rule).Answer == Violated {
					found++
				}
			}
		}
		if found < 19 {
			t.Errorf("%s: %s found it in %d of %d runs with two loads, want 19 of 20", row.defect, row.rule, found, shown)
		}
	}
}

func sealed(e Evidence) Evidence {
	e.Sealed = true
	return e
}

// What others may have done is said with its numbers, and what only the service can
// have done is not excused.
func TestOthersAreNamed(t *testing.T) {
	open := func(f func(*tale)) Evidence {
		x := calmTale()
		f(&x)
		e := x.evidence()
		e.Sealed = false
		return e
	}
	priced := func(f func(*Evidence)) Evidence {
		e := open(func(x *tale) { x.orders[0].Amount, x.ledger[0].Amount, x.balance = 22, 22, 78 })
		f(&e)
		return e
	}
	foreign := order("z", 1, purchase.Confirmed, "rcf")
	before := &State{Products: []purchase.Product{{ProductID: 1, Price: 10, Stock: 5}}, Users: []purchase.User{{UserID: 1, Balance: 100}, {UserID: 2, Balance: 100}}}
	for _, tt := range []struct {
		name string
		e    Evidence
		rule string
		want Answer
		says string
	}{
		{"more stock", open(func(x *tale) { x.stock = 8 }), "C1", Unknown, "product 1 has a stock of 8 and 0 reserved instead of 3 and 0: another client may have restocked it; judge it when"},
		{"less stock", open(func(x *tale) { x.stock = 2 }), "C1", Violated, "1 piece fewer than its confirmed orders leave"},
		{"more stock, but some is reserved", open(func(x *tale) { x.stock, x.held = 8, 1 }), "C1", Violated, "still has 1 piece reserved"},
		{"more money", open(func(x *tale) { x.balance = 85 }), "C2", Unknown, "user 1 has a balance of 85 instead of 80: another client may have topped it up; judge it when"},
		{"less money", open(func(x *tale) { x.balance = 79 }), "C2", Violated, "is 1 lower than"},
		{"an order of another", open(func(x *tale) { x.orders = append(x.orders, foreign) }), "C4", Unknown, "1 order under keys that this run did not send: other clients were active"},
		{"an entry for an order that came since", open(func(x *tale) { x.ledger = append(x.ledger, entry("z", purchase.Charge, 10)) }), "C3", Unknown, "or of other clients"},
		{"the price changed", priced(func(e *Evidence) { e.After.Products[0].Price = 11 }), "C3", Unknown, "the price of product 1 was 10 before the run and 11 after it: what orders should have cost is not known"},
		{"the price changed for a while", priced(func(e *Evidence) {
			e.Samples = []Sample{{Products: []purchase.Product{{ProductID: 1, Price: 11}}}}
		}), "C3", Unknown, "the price of product 1 was read as 10 and, meanwhile, as 11"},
		{"the price was not read after the run", priced(func(e *Evidence) { e.After.Products = nil }), "C3", Unknown, "the price of product 1 was not read after the run"},
		{"the price was constant", priced(func(*Evidence) {}), "C3", Violated, "order o-a of user 1 has an amount of 22, want 20: 20 = 2 × 10"},
		{"the price changed, but it was charged twice", priced(func(e *Evidence) {
			e.After.Products[0].Price = 11
			again := e.After.Ledger[0]
			again.EntryID = "again"
			e.After.Ledger = append(e.After.Ledger, again)
		}), "C3", Violated, "order o-a was charged 2 times"},
		{"the price changed, but another paid", priced(func(e *Evidence) { e.After.Products[0].Price, e.After.Ledger[0].UserID = 11, 2 }), "C3", Violated, "the charge of order o-a (22) went to user 2; the order is of user 1"},
		{"the price changed, but its own amount was not charged", priced(func(e *Evidence) { e.After.Products[0].Price, e.After.Ledger[0].Amount = 11, 21 }), "C3", Violated, "was charged 1 too little (21 instead of 22)"},
		{"the service alone changed the price", sealed(priced(func(e *Evidence) { e.Before = before; e.After.Products[0].Price = 11 })), "C3", Unknown, "the price of product 1 was 10 before the run and 11 after it"},
		{"no order", sealed(open(func(x *tale) {
			x.sent[0] = x.sent[0].ends(400, "malformed", "")
			x.orders, x.ledger, x.stock, x.balance = nil, nil, 5, 100
		})), "T1", NotExercised, "the state has no order of this run"},
		{"refused at the first step", sealed(open(func(x *tale) {
			x.sent[0] = x.sent[0].ends(409, "out_of_stock", "o-a")
			x.orders[0] = order("a", 2, purchase.Cancelled, "")
			x.ledger, x.stock, x.balance = nil, 5, 100
		})), "T4", NotExercised, "no order of this run took a step"},
		{"a user that nothing is about", sealed(open(func(*tale) {})), "C2", Holds, ""},
	} {
		v := Judge(tt.e, Options{}).Verdict(tt.rule)
		if v.Answer != tt.want || !strings.Contains(v.Evidence(), tt.says) {
			t.Errorf("%s: %s is %s: %q\nwant %s: %q", tt.name, tt.rule, v.Answer, v.Evidence(), tt.want, tt.says)
		}
	}
}

// Users and products that the run did not touch need not be read again.
func TestNotReadAgain(t *testing.T) {
	e := calmTale().evidence()
	e.Fixture.Products = append(e.Fixture.Products, purchase.FixtureProduct{ProductID: 2, Price: 1, Stock: 1})
	withAfter(&e, func(st *State) { st.Users = st.Users[:1] })
	r := Judge(e, Options{})
	for rule, says := range map[string]string{"C1": "1 product without a purchase in this run", "C2": "1 user without a purchase in this run"} {
		if v := r.Verdict(rule); v.Answer != Holds || !strings.Contains(v.Evidence(), says) {
			t.Errorf("%s is %s: %q, want it to hold: %q", rule, v.Answer, v.Evidence(), says)
		}
	}
	e = calmTale().evidence()
	withAfter(&e, func(st *State) { st.Users = st.Users[1:] })
	if v := Judge(e, Options{}).Verdict("C2"); v.Answer != Unknown || v.Reason != "user 1 was not read after the run" {
		t.Errorf("without the user who bought: C2 is %s: %q", v.Answer, v.Reason)
	}
}

// A counterexample of stock and money names the order, or the entry, that explains it.
func TestCulpritsAreNamed(t *testing.T) {
	change := func(f func(*tale)) Evidence { x := calmTale(); f(&x); return x.evidence() }
	cancelled := func(path string) func(*tale) {
		return func(x *tale) {
			x.sent = append(x.sent, buys("b", 1, 20, 5).ends(410, "withdrawn", "o-b"))
			x.orders = append(x.orders, order("b", 1, purchase.Cancelled, path))
		}
	}
	for _, tt := range []struct {
		e          Evidence
		rule, says string
	}{
		{change(func(x *tale) { cancelled("r")(x); x.stock, x.held = 2, 1 }), "C1", "still has 1 piece reserved although no order is pending: order o-b (CANCELLED) never released 1 piece"},
		{change(func(x *tale) { cancelled("R")(x); x.stock = 4 }), "C1", "order o-b (CANCELLED) released 1 piece without having reserved it"},
		{change(func(x *tale) { x.orders[0].Steps = nil; x.held = 2 }), "C1", "only order o-a (CONFIRMED) is for that many, as if it had never released them"},
		{change(func(x *tale) { x.orders[0].Steps = nil; x.stock = 5 }), "C1", "only order o-a (CONFIRMED) is for that many, as if it had taken nothing"},
		{change(func(x *tale) { x.orders[0].Steps = nil; x.stock = 1 }), "C1", "only order o-a (CONFIRMED) is for that many, as if it had taken 2 pieces twice"},
		{change(func(x *tale) { x.balance = 60 }), "C2", "is 20 lower than charges and refunds leave it, as if the charge of order o-a had been taken twice"},
		{change(func(x *tale) { x.balance = 100 }), "C2", "as if the charge of order o-a had not been taken"},
	} {
		v := Judge(tt.e, Options{}).Verdict(tt.rule)
		if v.Answer != Violated || !strings.Contains(v.First.Says, tt.says) {
			t.Errorf("%s is %s: %q\nwant %q", tt.rule, v.Answer, v.Evidence(), tt.says)
		}
	}
}

// Reads may be late by what is declared, else by the time for settling, and a 404
// proves nothing without the call.
func TestLateReads(t *testing.T) {
	lag := func(ms int64) *int64 { return &ms }
	gone := []Sample{{Asked: moments(500e6), Answered: moments(501e6), Gone: []string{"o-a"}}} // 485 ms after the answer
	stale := []Sample{seenAs(500, 501, purchase.Pending)}
	for _, tt := range []struct {
		name    string
		samples []Sample
		lag     *int64
		without bool // reads of single orders are not offered
		rule    string
		want    Answer
		says    string
	}{
		{"404, later than declared", gone, lag(400), false, "C8", Violated, "answered 404 485.0 ms after that"},
		{"404, as declared", gone, lag(800), false, "C8", Holds, "1 read did not show an acknowledged order yet, within the 800ms that reads may be late"},
		{"404, nothing declared", gone, nil, false, "C8", Holds, "within the 10s that reads may be late"},
		{"404 without the call", gone, lag(0), true, "C8", Holds, ""},
		{"pending, later than declared", stale, lag(400), false, "C7", Violated, "order o-a went from CONFIRMED to PENDING"},
		{"pending, as declared", stale, lag(800), false, "C7", Holds, "1 order was read at an earlier status again, within the 800ms that reads may be late"},
		{"pending, nothing declared", stale, nil, false, "C7", Holds, "within the 10s"},
		{"cancelled after it was confirmed", []Sample{seenAs(500, 501, purchase.Cancelled)}, nil, false, "C7", Violated, "order o-a went from CONFIRMED to CANCELLED"},
		{"being cancelled after it was confirmed", []Sample{seenAs(500, 501, purchase.Compensating)}, lag(5000), false, "C7", Violated, "order o-a went from CONFIRMED to COMPENSATING"},
	} {
		x := calmTale()
		x.samples = tt.samples
		e := x.evidence()
		e.After.LagMS = tt.lag
		if tt.without {
			e.After.NotOffered = []Call{OrderCall}
		}
		v := Judge(e, Options{}).Verdict(tt.rule)
		if v.Answer != tt.want || !strings.Contains(v.Evidence(), tt.says) {
			t.Errorf("%s: %s is %s: %q\nwant %s: %q", tt.name, tt.rule, v.Answer, v.Evidence(), tt.want, tt.says)
		}
	}
}
