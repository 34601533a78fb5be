package audit

import (
	"slices"
	"testing"
)

const stepRuns = 600

// TestCorrectStepsRaiseNoAlarm: a service at which a purchase takes a cart and a payment, which
// may end later, is never called violated, whatever is lost and left, and whatever it shows.
func TestCorrectStepsRaiseNoAlarm(t *testing.T) {
	held, unknown := map[string]int{}, map[string]int{}
	for seed := range uint64(stepRuns) {
		cfg := randomStepConfig(seed)
		e := simulateSteps(cfg).evidence()
		r := Judge(e, Options{})
		if len(violated(r)) > 0 {
			t.Fatalf("seed %d: an alarm\n%+v\n%s", seed, cfg, r)
		}
		for _, v := range r.Verdicts {
			switch v.Answer {
			case Holds:
				held[v.Rule]++
			case Unknown:
				unknown[v.Rule]++
			}
		}
		for name, weaker := range weaken(e) {
			if r := Judge(weaker, Options{}); len(violated(r)) > 0 {
				t.Fatalf("seed %d, %s: an alarm\n%+v\n%s", seed, name, cfg, r)
			}
		}
	}
	for _, rule := range []string{"K1", "K2", "K3", "K4", "S1", "S2", "B1", "C1", "C2", "C3", "C4", "C5", "C8", "C9", "C10"} {
		if held[rule] < 20 {
			t.Errorf("rule %s held in %d of %d simulations, want at least 20: it is hardly exercised", rule, held[rule], stepRuns)
		}
	}
	t.Logf("held: %v\nunknown: %v", held, unknown)
}

// TestDefectsOfSteps: each defect is found in most of the runs in which it had an effect, by a
// rule that names it.
func TestDefectsOfSteps(t *testing.T) {
	for _, d := range []struct {
		name  string
		rules []string
		least int // of 100 runs with an effect
		set   func(*stepConfig)
	}{
		{"double_order", []string{"K1", "C3"}, 80, func(c *stepConfig) { c.keysShown, c.duplicate = true, 0 }},
		{"charge_twice", []string{"C3"}, 90, func(*stepConfig) {}},
		{"accepted_lost", []string{"C8"}, 80, func(c *stepConfig) { c.settle, c.named = 100_000, true }},
		{"poll_lies", []string{"C4"}, 80, func(c *stepConfig) { c.settle, c.named, c.lazy, c.duplicate = 10_000, true, false, 0 }},
		{"other_amount", []string{"C4"}, 80, func(c *stepConfig) { c.settle, c.lazy = 10_000, false }},
		{"undecided", []string{"C4"}, 80, func(c *stepConfig) { c.quit, c.keyed, c.keysShown, c.duplicate = .3, true, true, 0 }},
		{"step_flips", []string{"K2"}, 60, func(c *stepConfig) { c.keyed, c.marked, c.duplicate, c.ops = true, true, .3, 60 }},
		{"never_settles", []string{"C5"}, 90, func(c *stepConfig) { c.settle, c.keysShown = 10_000, true }},
	} {
		t.Run(d.name, func(t *testing.T) {
			runs, found, examples := 0, 0, map[string]int{}
			for seed := uint64(0); runs < 100 && seed < 2000; seed++ {
				cfg := randomStepConfig(seed)
				cfg.defect, cfg.stock, cfg.balance = d.name, 200, 3000*cfg.price
				cfg.keyless, cfg.newKeys, cfg.reuse = false, false, 0
				cfg.single = cfg.single && d.name != "undecided" && d.name != "step_flips"
				if d.name == "poll_lies" {
					cfg.balance = 20 * cfg.price
				}
				d.set(&cfg)
				s := simulateSteps(cfg)
				e := s.evidence()
				if s.effects == 0 {
					continue
				}
				runs++
				by := violated(Judge(e, Options{}))
				if slices.ContainsFunc(by, func(rule string) bool { return slices.Contains(d.rules, rule) }) {
					found++
				}
				for _, rule := range by {
					examples[rule]++
				}
			}
			if runs < 50 || 100*found < d.least*runs {
				t.Errorf("found in %d of %d runs with an effect, want %d%% by %v; violated: %v", found, runs, d.least, d.rules, examples)
			}
			t.Logf("found in %d of %d runs by %v; violated: %v", found, runs, d.rules, examples)
		})
	}
}
