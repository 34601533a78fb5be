package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// defectRow is one defect of the simulated service.
type defectRow struct {
	name string
	rule string // that has to find it
	// tune sets the circumstances in which the defect can show.
	tune func(*simConfig)
	// effect is what shows of it in the evidence, nil: the simulator counts.
	effect func(*sim, Evidence) int
	says   string // part of the counterexample
	// spoil puts the defect into the evidence of a correct service and returns how often,
	// nil: the simulator has it.
	spoil func(*sim, *Evidence) int
}

func calm(c *simConfig)   { c.duplicate, c.reuse, c.withdraw = 0, 0, 0 }
func rich(c *simConfig)   { c.balance = 1_000_000_000 }
func plenty(c *simConfig) { rich(c); c.stock = 1_000_000 }

var defectRows = []defectRow{
	{"second_order", "K1", func(c *simConfig) { plenty(c); c.reuse, c.withdraw = 0, 0 }, secondOrders, "was sent as one purchase", nil},
	{"flip", "K2", func(c *simConfig) { c.duplicate = .3 }, flips, " was ", nil},
	{"reuse_accepted", "K3", func(c *simConfig) { plenty(c); c.reuse = .3 }, reusesAccepted, "re-used with another payload, and that was confirmed as well", nil},
	{"id_collision", "K4", calm, collisions, "was the answer to key", nil},
	{"oversell", "S1", func(c *simConfig) { rich(c); c.stock = 3 + c.stock%10; c.workers = 8; c.withdraw = 0 }, oversold, "although there was not enough left", nil},
	{"spurious_stock", "S2", plenty, refusedFor(purchase.OutOfStock), "refused as out of stock although enough must have been left", nil},
	{"overspend", "B1", func(c *simConfig) { c.stock = 1000; c.withdraw = 0; c.balance = c.price }, overspent, "although there was not enough left", nil},
	{"spurious_money", "B1", plenty, refusedFor(purchase.InsufficientBalance), "refused as insufficient balance although enough must have been left", nil},
	{"orphan", "C1", plenty, nil, "reserved although no order is pending", nil},
	{"lost_release", "C1", func(c *simConfig) { plenty(c); c.withdraw = .5 }, nil, "reserved although no order is pending", nil},
	{"lost_update", "C1", plenty, nil, "more than its confirmed orders leave", nil},
	{"money_vanishes", "C2", rich, nil, "lower than charges and refunds leave it", nil},
	{"double_charge", "C3", plenty, nil, "was charged 2 times", nil},
	{"lost_refund", "C3", func(c *simConfig) { plenty(c); c.withdraw = .5 }, nil, "was never refunded", nil},
	{"big_refund", "C3", func(c *simConfig) { plenty(c); c.withdraw = .5 }, nil, "was refunded 1 too much (", nil},
	{"no_but_confirmed", "C4", func(c *simConfig) { plenty(c); calm(c) }, refusedFor(purchase.OutOfStock), "was refused (no_stock), but the state has it confirmed", nil},
	{"yes_but_cancelled", "C4", func(c *simConfig) { calm(c); c.stock = 5 }, cancelledYes, "was confirmed, but the state says CANCELLED", nil},
	{"phantom", "C4", plenty, nil, "which no stage given here has sent", nil},
	{"wrong_payload", "C4", plenty, wrongPayloads, "", nil},
	{"stuck", "C5", plenty, nil, "is still ", nil},
	{"negative", "C6", func(c *simConfig) { c.stock = 2 }, nil, "was read below zero", nil},
	{"backwards", "C7", plenty, nil, "went from CONFIRMED to PENDING", nil},
	{"lost_order", "C8", plenty, lostOrders, "but GET /orders does not list it", nil},
	{"lost_refund", "T1", func(c *simConfig) { plenty(c); c.withdraw = .5 }, nil, "but step charge_payment was never undone", nil},
	{"lost_release", "T1", func(c *simConfig) { plenty(c); c.withdraw = .5 }, nil, "but step reserve_stock was never undone", nil},
	{"no_last_step", "T1", plenty, nil, "step confirm_order never took effect", nil},
	{"null_compensation", "T2", func(c *simConfig) { rich(c); c.stock = 5 }, nil, "although there was nothing to take back", nil},
	{"hanging", "T3", func(c *simConfig) { plenty(c); c.withdraw = .5 }, nil, "although it had been compensated before", nil},
	{"step_twice", "T4", plenty, nil, "do reserve_stock", nil},
}

// TestEveryDefectIsFound runs each defect with seeds until it had an effect in 20
// runs, and wants its rule to find it in every one of them.
func TestEveryDefectIsFound(t *testing.T) {
	const wanted = 20
	var table strings.Builder
	for _, row := range slices.Concat(defectRows, stateDefectRows) {
		shown, found := 0, 0
		others := map[string]int{}
		for seed := uint64(1000); shown < wanted && seed < 1400; seed++ {
			cfg := randomConfig(seed)
			row.tune(&cfg)
			cfg.defect = row.name
			s := simulate(cfg)
			e := s.evidence()
			effects := s.effects
			if row.spoil != nil {
				effects = row.spoil(s, &e)
			}
			if row.effect != nil {
				effects = row.effect(s, e)
			}
			if effects == 0 {
				continue
			}
			shown++
			r := Judge(e, Options{})
			v := r.Verdict(row.rule)
			if v.Answer != Violated {
				t.Errorf("%s, seed %d: %d effects, but %s %s, want it violated\n%s", row.name, seed, effects, row.rule, v.Answer, r)
				continue
			}
			found++
			for _, c := range []*Counterexample{v.First, v.Worst, v.Last} {
				if !tells(v, row.says) || c.Says == "" || len(c.String()) > 20_000 {
					t.Errorf("%s, seed %d: %s says %q, want it to contain %q", row.name, seed, row.rule, c, row.says)
				}
			}
			for _, rule := range violated(r) {
				if rule != row.rule {
					others[rule]++
				}
			}
			if r.ExitCode() != ExitViolated {
				t.Errorf("%s, seed %d: exit code %d, want %d", row.name, seed, r.ExitCode(), ExitViolated)
			}
		}
		if shown < wanted {
			t.Errorf("%s showed in %d runs, want %d", row.name, shown, wanted)
		}
		fmt.Fprintf(&table, "%-18s %s  found in %2d of %2d   also violated: %s\n", row.name, row.rule, found, shown, counts(others))
	}
	t.Log("\n" + table.String())
}

// tells reports whether one of a verdict's counterexamples contains a text.
func tells(v Verdict, text string) bool {
	return strings.Contains(v.First.String(), text) || strings.Contains(v.Worst.String(), text) || strings.Contains(v.Last.String(), text)
}

func counts(n map[string]int) string {
	var list []string
	for name, k := range n {
		list = append(list, fmt.Sprintf("%s %d", name, k))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// The effects below are counted by plain loops over the evidence, which share
// nothing with the rules.

// answersByKey lists the confirming and the refusing answers of each key.
func answersByKey(e Evidence) (ok, no map[string][]string) {
	ok, no = map[string][]string{}, map[string][]string{}
	for _, a := range e.Stages[0].Attempts {
		switch {
		case a.Status == 200 || a.Status == 201:
			ok[a.Key] = append(ok[a.Key], a.OrderID)
		case a.Reason == "out_of_stock" || a.Reason == "insufficient_balance" || a.Reason == "withdrawn":
			no[a.Key] = append(no[a.Key], a.OrderID)
		}
	}
	return ok, no
}

func secondOrders(_ *sim, e Evidence) int {
	n, live := 0, map[string]int{}
	for _, o := range e.After.Orders {
		if o.Status == purchase.Confirmed {
			live[o.IdempotencyKey]++
		}
	}
	for _, k := range live {
		if k > 1 {
			n++
		}
	}
	return n
}

func flips(_ *sim, e Evidence) int {
	payloads := map[string]map[[3]int64]bool{}
	for _, op := range e.Stages[0].Operations {
		if payloads[op.Key] == nil {
			payloads[op.Key] = map[[3]int64]bool{}
		}
		payloads[op.Key][[3]int64{int64(op.UserID), int64(op.ProductID), op.Quantity}] = true
	}
	n := 0
	ok, no := answersByKey(e)
	for key := range ok {
		if len(no[key]) > 0 && len(payloads[key]) == 1 {
			n++
		}
	}
	return n
}

func reusesAccepted(_ *sim, e Evidence) int {
	type sale struct{ user, product, quantity int64 }
	what := map[int64]sale{}
	for _, op := range e.Stages[0].Operations {
		what[op.Index] = sale{int64(op.UserID), int64(op.ProductID), op.Quantity}
	}
	confirmed := map[string]map[sale]bool{}
	n := 0
	for _, a := range e.Stages[0].Attempts {
		if a.Status == 200 || a.Status == 201 {
			if confirmed[a.Key] == nil {
				confirmed[a.Key] = map[sale]bool{}
			}
			if confirmed[a.Key][what[a.Index]] = true; len(confirmed[a.Key]) == 2 {
				n++
			}
		}
	}
	return n
}

func collisions(_ *sim, e Evidence) int {
	n, key := 0, map[string]string{}
	for _, a := range e.Stages[0].Attempts {
		if a.OrderID == "" {
			continue
		}
		if k, named := key[a.OrderID]; named && k != a.Key {
			n++
		}
		key[a.OrderID] = a.Key
	}
	return n
}

func oversold(_ *sim, e Evidence) int {
	n, left := 0, map[int64]int64{}
	for _, p := range e.Fixture.Products {
		left[int64(p.ProductID)] = p.Stock
	}
	for _, o := range e.After.Orders {
		if o.Status == purchase.Confirmed {
			if left[int64(o.ProductID)] -= o.Quantity; left[int64(o.ProductID)] < 0 {
				n++
			}
		}
	}
	return n
}

func overspent(_ *sim, e Evidence) int {
	n, left := 0, map[int64]int64{}
	for _, u := range e.Fixture.Users {
		left[int64(u.UserID)] = u.Balance
	}
	for _, o := range e.After.Orders {
		if o.Status == purchase.Confirmed {
			if left[int64(o.UserID)] -= o.Amount; left[int64(o.UserID)] < 0 {
				n++
			}
		}
	}
	return n
}

func refusedFor(code purchase.Code) func(*sim, Evidence) int {
	return func(_ *sim, e Evidence) int {
		n := 0
		ok, _ := answersByKey(e)
		for _, a := range e.Stages[0].Attempts {
			if a.Reason == string(code) && len(ok[a.Key]) == 0 {
				n++
			}
		}
		return n
	}
}

func cancelledYes(_ *sim, e Evidence) int {
	n := 0
	ok, _ := answersByKey(e)
	for _, o := range e.After.Orders {
		if o.Status == purchase.Cancelled && len(ok[o.IdempotencyKey]) > 0 {
			n++
		}
	}
	return n
}

func wrongPayloads(_ *sim, e Evidence) int {
	n := 0
	quantities := map[string][]int64{}
	for _, op := range e.Stages[0].Operations {
		quantities[op.Key] = append(quantities[op.Key], op.Quantity)
	}
	for _, o := range e.After.Orders {
		if !slices.Contains(quantities[o.IdempotencyKey], o.Quantity) {
			n++
		}
	}
	return n
}

func lostOrders(_ *sim, e Evidence) int {
	listed := map[string]bool{}
	for _, o := range e.After.Orders {
		listed[o.OrderID] = true
	}
	n := 0
	for _, a := range e.Stages[0].Attempts {
		if (a.Status == 200 || a.Status == 201) && !listed[a.OrderID] {
			n++
		}
	}
	return n
}
