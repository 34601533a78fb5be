package audit

import (
	"slices"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// confirmedAlone is what is seen of a service that shows no keys of its orders, and names them
// only in answers that confirm them; with ids false not in those either.
func confirmedAlone(e Evidence, ids bool) Evidence {
	withAfter(&e, func(st *State) {
		for i := range st.Orders {
			st.Orders[i].IdempotencyKey = ""
		}
	})
	e.Samples = nil
	e.Stages = slices.Clone(e.Stages)
	for n := range e.Stages {
		s := &e.Stages[n]
		s.Attempts, s.Operations = slices.Clone(s.Attempts), slices.Clone(s.Operations)
		for i := range s.Attempts {
			if a := &s.Attempts[i]; !ids || a.Status != 200 && a.Status != 201 {
				a.OrderID = ""
			}
		}
		for i := range s.Operations {
			if o := &s.Operations[i]; !ids || o.Status != 200 && o.Status != 201 {
				o.OrderID = ""
			}
		}
	}
	return e
}

// underWay makes orders of the second half pending that the stages did not send.
func underWay(e Evidence) Evidence {
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
	return e
}

// resetSince is a run whose service was set to its fixture after it, and loaded by another
// client with a larger load. A service that counts its orders has others under the same ids.
func resetSince(seed uint64, counts bool) Evidence {
	cfg := randomConfig(seed)
	first := simulate(cfg)
	cfg.prefix = "later-"
	cfg.ops += 40
	cfg.seed += 1_000_000
	e, later := first.evidence(), simulate(cfg).evidence()
	after := *later.After
	after.At = e.After.At.Add(time.Hour)
	after.Orders = slices.Clone(after.Orders)
	for i := range after.Orders {
		if !counts {
			after.Orders[i].OrderID = "later-" + after.Orders[i].OrderID
		}
	}
	e.After, e.Sealed = &after, false
	return e
}

// TestPayloadProvesNothingAmongOthers: of a correct service that shows no keys, and that others
// use as well, an order of the same payload is no proof.
func TestPayloadProvesNothingAmongOthers(t *testing.T) {
	for name, evidence := range map[string]func(seed uint64) Evidence{
		"two loads":                         func(seed uint64) Evidence { return twoLoads(randomConfig(seed)) },
		"two loads, some still under way":   func(seed uint64) Evidence { return underWay(twoLoads(randomConfig(seed))) },
		"reset since":                       func(seed uint64) Evidence { return resetSince(seed, false) },
		"reset since, and ids begin anew":   func(seed uint64) Evidence { return resetSince(seed, true) },
		"two loads of one user and product": func(seed uint64) Evidence { return twoLoads(alike(seed)) },
	} {
		answered := 0
		for seed := range uint64(150) {
			for _, ids := range []bool{true, false} {
				r := Judge(confirmedAlone(evidence(seed), ids), Options{})
				for _, rule := range violated(r) {
					t.Fatalf("%s, seed %d, ids in answers: %v: %s is violated\n%s", name, seed, ids, rule, r)
				}
				if v := r.Verdict("C4"); v.Answer == Unknown && v.Reason != "" {
					answered++
				}
			}
		}
		if answered < 150 {
			t.Errorf("%s: C4 gave a reason for unknown in %d of 300 runs, want at least half", name, answered)
		}
	}
}

// alike is a configuration with one user and product, so that payloads of two loads meet.
func alike(seed uint64) simConfig {
	cfg := randomConfig(seed)
	cfg.products, cfg.users = 1, 1
	return cfg
}

// TestLostOrdersWithoutKeys: orders that answers named are missed one by one, without keys as
// well, where others may use the service.
func TestLostOrdersWithoutKeys(t *testing.T) {
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
		if Judge(confirmedAlone(e, true), Options{}).Verdict("C8").Answer == Violated {
			found++
		}
	}
	if shown < 40 || found < shown*19/20 {
		t.Errorf("lost orders were found in %d of %d runs, want 19 of 20 of 40", found, shown)
	}
}
