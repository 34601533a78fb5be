package audit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/runs"
)

// keyRules are the rules about keys, limits and promises: they hold of any style.
var keyRules = []string{"K1", "K2", "K3", "K4", "K5", "S1", "S2", "B1", "C9", "C10"}

// manyUsers is a configuration with 60 virtual users and more demand than there is.
func manyUsers(seed uint64) simConfig {
	cfg := randomConfig(seed)
	cfg.workers, cfg.ops, cfg.users, cfg.products = 60, 400, 10, 1
	cfg.stock, cfg.balance = 100+cfg.stock, 1_000_000_000
	cfg.duplicate, cfg.reuse = cfg.duplicate/2, 0
	return cfg
}

// withoutKeys hides the keys of the state's orders and, if asked, the ids in answers.
func withoutKeys(e Evidence, ids bool) Evidence {
	after := *e.After
	after.Orders = slices.Clone(after.Orders)
	for i := range after.Orders {
		after.Orders[i].IdempotencyKey = ""
	}
	e.After = &after
	if ids {
		s := e.Stages[0]
		s.Attempts = slices.Clone(s.Attempts)
		for i := range s.Attempts {
			s.Attempts[i].OrderID = ""
		}
		e.Stages = []runs.Stage{s}
	}
	return e
}

// A correct service in any style of saga, with requests that are turned away, lost and
// repeated, with 60 users as with one, and asked again after the load, raises no alarm
// of these rules, whatever part of the evidence is missing.
func TestKeysAndLimitsRaiseNoAlarm(t *testing.T) {
	held := map[string]int{}
	for seed := range uint64(240) {
		cfg := randomConfig(seed)
		if seed%3 == 0 {
			cfg = manyUsers(seed)
			cfg.balance = []int64{cfg.price * 40, 1_000_000_000}[seed/3%2]
		}
		cfg.shape = simShapes[seed%4%3]
		cfg.throttle = []float64{0, .2}[seed%2]
		s := simulate(cfg)
		e := s.evidence()
		e.AskedAgain = s.askAgain(20, int64(time.Minute))
		list := weaken(e)
		list["all"] = e
		list["no traces"] = withoutTraces(e)
		r := rand.New(rand.NewPCG(seed, 9))
		step, middle := r.Int64N(4*cfg.patience)-2*cfg.patience, r.Int64N(s.now)
		list["a service's clock of a day ago"] = dated(e, func(t int64) int64 { return t - int64(24*time.Hour) })
		list["a service's clock that was set"] = dated(e, func(t int64) int64 {
			if t > middle {
				return t + step
			}
			return t
		})
		list["a service's clock that is fast"] = dated(e, func(t int64) int64 { return t + t/int64(10+r.IntN(1000)) })
		list["dates that are rounded"] = dated(e, func(t int64) int64 { return t - t%(1+cfg.service*4) })
		for name, e := range list {
			report := Judge(e, Options{})
			for _, rule := range keyRules {
				v := report.Verdict(rule)
				if v.Answer == Violated {
					t.Fatalf("seed %d, %s: %s\n%+v\n%s", seed, name, rule, cfg, v.Details())
				}
				if name == "all" && v.Answer == Unknown {
					t.Fatalf("seed %d: %s is unknown: %s", seed, rule, v.Reason)
				}
				if name == "all" && v.Answer == Holds {
					held[rule]++
				}
			}
		}
	}
	for _, rule := range keyRules {
		if held[rule] < 40 {
			t.Errorf("%s held in %d of 240 simulations, want at least 40", rule, held[rule])
		}
	}
	t.Log(held)
}

// withoutTraces hides the steps of the state's orders.
func withoutTraces(e Evidence) Evidence {
	after := *e.After
	after.Orders = slices.Clone(after.Orders)
	for i := range after.Orders {
		after.Orders[i].Steps = nil
	}
	e.After = &after
	return e
}

// dated gives the orders other dates.
func dated(e Evidence, date func(int64) int64) Evidence {
	change := func(t time.Time) time.Time { return moments(date(int64(t.Sub(epochStart)))) }
	after := *e.After
	after.Orders = slices.Clone(after.Orders)
	for i := range after.Orders {
		o := &after.Orders[i]
		o.CreatedAt, o.UpdatedAt, o.Steps = change(o.CreatedAt), change(o.UpdatedAt), slices.Clone(o.Steps)
		for n := range o.Steps {
			o.Steps[n].At = change(o.Steps[n].At)
		}
	}
	e.After = &after
	return e
}

// keyDefectRow is a defect, the rule that has to find it, and what is looked at.
type keyDefectRow struct {
	name, rule, says string
	cfg              func(seed uint64) simConfig
	effect           func(*sim, Evidence) int
	shapes           []simShape
	hidden           func(Evidence) Evidence
}

func randomly(tune ...func(*simConfig)) func(uint64) simConfig {
	return func(seed uint64) simConfig {
		cfg := randomConfig(seed)
		for _, f := range tune {
			f(&cfg)
		}
		return cfg
	}
}

func lossy(c *simConfig) { c.dropAfter, c.attempts, c.ops = .3, 4, 60 }

var keyDefectRows = []keyDefectRow{
	{name: "floor_stock", rule: "S2", says: "enough must have been left", cfg: manyUsers, shapes: simShapes},
	{name: "floor_stock", rule: "S2", says: "enough must have been left", cfg: func(seed uint64) simConfig {
		cfg := manyUsers(seed)
		cfg.balance = cfg.price * 40 // others are refused for money meanwhile
		return cfg
	}, shapes: simShapes, effect: lastPiecesLeft},
	{name: "floor_money", rule: "B1", says: "enough must have been left", cfg: func(seed uint64) simConfig {
		cfg := manyUsers(seed)
		cfg.stock, cfg.balance = 1000, cfg.price*20
		return cfg
	}, shapes: simShapes},
	{name: "refusal_forgotten", rule: "K2", says: "", cfg: randomly(lossy, func(c *simConfig) {
		c.stock, c.products, c.balance, c.withdraw, c.duplicate, c.reuse = 12, 1, 1_000_000, .5, .4, 0
	}), effect: refusedAndConfirmed},
	{name: "refusal_forgotten", rule: "K2", says: " and tried anew as order o", cfg: randomly(lossy, func(c *simConfig) {
		c.stock, c.products, c.balance, c.withdraw, c.duplicate, c.reuse = 2, 1, 1_000_000, 0, .4, 0
	}), effect: triedAnew},
	{name: "false_overloaded", rule: "C9", says: "503 overloaded said that nothing happened to key", cfg: randomly(plenty, func(c *simConfig) { c.attempts = 1 }), effect: turnedAwayWithOrder},
	{name: "false_throttled", rule: "C9", says: "429 without a code, of the service or of a proxy before it, said that nothing happened to key", cfg: randomly(plenty, func(c *simConfig) { c.attempts = 1 }), effect: turnedAwayWithOrder},
	{name: "false_overloaded", rule: "C9", says: "as a replay: it had been bought before", cfg: randomly(plenty, func(c *simConfig) { c.attempts, c.duplicate = 4, .3 }), effect: replayedAfterNothing},
	{name: "false_in_progress", rule: "C10", says: "409 in_progress said that a purchase under key", cfg: randomly(plenty, func(c *simConfig) { c.ops += 40; c.reuse = 0 }), effect: inProgressWithoutOrder},
	{name: "false_key_reused", rule: "K3", says: "was only ever sent with one", cfg: randomly(plenty, func(c *simConfig) { c.reuse, c.dropAfter = 0, 0 }), effect: reusedAnswers},
	{name: "key_forgotten", rule: "K5", says: "when it was asked for again after the load it was confirmed as order", cfg: randomly(plenty)},
	{name: "key_locked", rule: "K5", says: "was still in progress when it was asked for again", cfg: randomly(plenty)},
	{name: "other_order_again", rule: "K5", says: "instead of order", cfg: randomly(plenty, calm)},
	{name: "other_refusal_again", rule: "K5", says: "it was refused with 410 gone", cfg: randomly(plenty, calm, func(c *simConfig) { c.stock = 3 })},
	{name: "second_order", rule: "K1", says: "more orders with its payload", cfg: randomly(plenty, func(c *simConfig) { c.reuse, c.withdraw, c.users, c.products = 0, 0, 30, 3; c.duplicate = .2 }), effect: secondOrdersShown,
		hidden: func(e Evidence) Evidence { return withoutKeys(e, true) }},
}

// TestKeyDefectsAreFound runs each defect until it had an effect in 20 runs, and wants
// its rule to find it in at least 19.
func TestKeyDefectsAreFound(t *testing.T) {
	var table strings.Builder
	for _, row := range keyDefectRows {
		shapes := row.shapes
		if shapes == nil {
			shapes = simShapes[:1]
		}
		for _, shape := range shapes {
			found, shown, others := searchDefect(t, &row, shape)
			if shown < 20 || found < 19 {
				t.Errorf("%s, shape %q: %s found it in %d of %d runs, want 19 of 20", row.name, shape, row.rule, found, shown)
			}
			fmt.Fprintf(&table, "%-20s %-13s %s  found in %2d of %2d   also violated: %s\n", row.name, shape, row.rule, found, shown, counts(others))
		}
	}
	t.Log("\n" + table.String())
}

func searchDefect(t *testing.T, row *keyDefectRow, shape simShape) (found, shown int, others map[string]int) {
	others = map[string]int{}
	for seed := uint64(5000); shown < 20 && seed < 5400; seed++ {
		cfg := row.cfg(seed)
		cfg.defect, cfg.shape = row.name, shape
		s := simulate(cfg)
		e := s.evidence()
		effects := s.effects
		if e.AskedAgain = s.askAgain(20, int64(time.Minute)); row.rule == "K5" {
			effects = s.effects
		}
		if row.effect != nil {
			effects = row.effect(s, e)
		}
		if effects == 0 {
			continue
		}
		shown++
		if row.hidden != nil {
			e = row.hidden(e)
		}
		r := Judge(e, Options{})
		v := r.Verdict(row.rule)
		if v.Answer != Violated {
			t.Logf("%s, shape %q, seed %d: %d effects, but %s %s: %s", row.name, shape, seed, effects, row.rule, v.Answer, v.Evidence())
			continue
		}
		found++
		if !tells(v, row.says) {
			t.Errorf("%s, seed %d: %s says %q, want it to contain %q", row.name, seed, row.rule, v.First, row.says)
		}
		for _, rule := range violated(r) {
			if rule != row.rule {
				others[rule]++
			}
		}
	}
	return found, shown, others
}
