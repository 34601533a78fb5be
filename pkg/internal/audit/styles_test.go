package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// readLate adds reads of single orders that show what was lag milliseconds before,
// and a service that declares another lag, or none if that is negative. It returns
// how many reads showed less than had been known for longer than declared.
func readLate(s *sim, e *Evidence, lag, declared int64) (late int) {
	known := map[string]time.Time{}
	for _, a := range e.Stages[0].Attempts {
		end := a.StartTS.Add(time.Duration(a.LatencyMS * 1e6))
		if at, there := known[a.OrderID]; (a.Status == 200 || a.Status == 201) && (!there || end.Before(at)) {
			known[a.OrderID] = end
		}
	}
	e.Samples = slices.Clone(e.Samples)
	for i, o := range s.orders {
		at, confirmed := known[o.OrderID]
		if !confirmed || i%3 != 0 {
			continue
		}
		asked := at.Add(time.Duration(lag) * time.Millisecond * 9 / 10)
		shown := asked.Add(-time.Duration(lag) * time.Millisecond)
		x := Sample{Asked: asked, Answered: asked.Add(1000)}
		old := o.Order
		switch {
		case shown.Before(o.CreatedAt) && lag <= declared:
			x.Gone = []string{o.OrderID}
		case shown.Before(o.UpdatedAt):
			old.Status, old.Steps = purchase.Pending, nil
			x.Orders = []purchase.Order{old}
			late++
		default:
			x.Orders = []purchase.Order{old}
		}
		e.Samples = append(e.Samples, x)
	}
	after := *e.After
	after.LagMS = nil
	if declared >= 0 {
		after.LagMS = &declared
	}
	e.After = &after
	return late
}

// reprice makes the second half of the orders of product 1 cost one more each.
func reprice(e *Evidence) {
	after := *e.After
	after.Orders, after.Ledger = slices.Clone(after.Orders), slices.Clone(after.Ledger)
	after.Users, after.Products = slices.Clone(after.Users), slices.Clone(after.Products)
	more := map[string]int64{}
	for i := len(after.Orders) / 2; i < len(after.Orders); i++ {
		if o := &after.Orders[i]; o.ProductID == 1 && o.Amount > 0 {
			o.Amount += o.Quantity
			more[o.OrderID] = o.Quantity
		}
	}
	for i := range after.Ledger {
		x := &after.Ledger[i]
		x.Amount += more[x.OrderID]
		sign := int64(-1)
		if x.Kind == purchase.Refund {
			sign = 1
		}
		after.Users[x.UserID-1].Balance += sign * more[x.OrderID]
	}
	after.Products[0].Price++
	e.Samples = slices.Clone(e.Samples)
	for i := range e.Samples { // those of single orders after the state was read
		x := &e.Samples[i]
		x.Orders = slices.Clone(x.Orders)
		for n := range x.Orders {
			if x.Asked.After(after.At) {
				x.Orders[n].Amount += more[x.Orders[n].OrderID]
			}
		}
	}
	stage := e.Stages[0]
	stage.Attempts = slices.Clone(stage.Attempts)
	for i := range stage.Attempts {
		if a := &stage.Attempts[i]; a.AnsweredAmount > 0 {
			a.AnsweredAmount += more[a.OrderID]
		}
	}
	e.Stages, e.After, e.Sealed = []runs.Stage{stage}, &after, false
}

func withAfter(e *Evidence, change func(*State)) {
	after := *e.After
	after.Orders, after.Users, after.Products = slices.Clone(after.Orders), slices.Clone(after.Users), slices.Clone(after.Products)
	change(&after)
	e.After = &after
}

// styleRow is a shape of a correct service, or of what others do to it.
type styleRow struct {
	name   string
	tune   func(*simConfig)
	change func(*sim, *Evidence)
	// rule has to be unknown, with the reason, in at least 50 runs; "": none has to.
	rule, reason string
}

var styleRows = []styleRow{
	{name: "charge first", tune: func(c *simConfig) { c.shape.chargeFirst = true }},
	{name: "parallel", tune: func(c *simConfig) { c.shape.parallel = true }},
	{name: "parallel, no keys in orders", tune: func(c *simConfig) { c.shape.parallel = true }, change: func(_ *sim, e *Evidence) {
		withAfter(e, func(st *State) {
			for i := range st.Orders {
				st.Orders[i].IdempotencyKey = ""
			}
		})
	}},
	{name: "steps hidden", change: func(_ *sim, e *Evidence) {
		withAfter(e, func(st *State) {
			for i := range st.Orders {
				st.Orders[i].Steps = nil
			}
		})
	}},
	{name: "amounts hidden", change: func(_ *sim, e *Evidence) {
		withAfter(e, func(st *State) {
			for i := range st.Orders {
				st.Orders[i].Amount = 0
			}
		})
	}},
	{name: "reads lag as declared", change: func(s *sim, e *Evidence) { readLate(s, e, 2, 2) }},
	{name: "reads lag and nothing is declared", change: func(s *sim, e *Evidence) { readLate(s, e, 2, -1) }},
	{name: "no reads of single orders", change: func(s *sim, e *Evidence) {
		spoilReads(s, e)
		withAfter(e, func(st *State) { st.NotOffered = append(st.NotOffered, OrderCall) })
	}},
	{name: "not settled", tune: func(c *simConfig) { c.lookAt = c.service * int64(c.ops) / 2 }, change: func(s *sim, e *Evidence) {
		midway := *s.midway
		midway.At, midway.Unsettled, midway.LagMS = moments(s.now+1), "the state still changed after 10s", nil
		e.After = &midway
	}, rule: "C1", reason: "the state still changed after 10s"},
	{name: "not settled, and others may have used it", tune: func(c *simConfig) { c.lookAt = c.service * int64(c.ops) / 2 }, change: func(s *sim, e *Evidence) {
		midway := *s.midway
		midway.At, midway.Unsettled, midway.LagMS = moments(s.now+1), "some confirmed purchases are not in the state", nil
		e.After, e.Sealed = &midway, false
	}},
	{name: "the newest are missing", change: func(s *sim, e *Evidence) {
		withAfter(e, func(st *State) {
			n := len(st.Orders) * 2 / 3
			st.At, st.Orders, st.Unsettled, st.LagMS = moments(s.now+int64(time.Hour)), st.Orders[:n], "some confirmed purchases are not in the state", nil
			st.Ledger = slices.DeleteFunc(slices.Clone(st.Ledger), func(x purchase.Entry) bool {
				return !slices.ContainsFunc(st.Orders, func(o purchase.Order) bool { return o.OrderID == x.OrderID })
			})
		})
	}},
	{name: "prices changed", tune: rich, change: func(_ *sim, e *Evidence) { reprice(e) }, rule: "C3", reason: "the price of product 1 was "},
	{name: "restocked", change: func(_ *sim, e *Evidence) {
		withAfter(e, func(st *State) { st.Products[0].Stock += 5 })
		e.Sealed = false
	}, rule: "C1", reason: "another client may have restocked it"},
	{name: "topped up", change: func(_ *sim, e *Evidence) {
		withAfter(e, func(st *State) { st.Users[0].Balance += 50 })
		e.Sealed = false
	}, rule: "C2", reason: "another client may have topped it up"},
	{name: "a ledger page twice", change: func(_ *sim, e *Evidence) {
		withAfter(e, func(st *State) { st.Ledger = append(slices.Clone(st.Ledger), st.Ledger...) })
	}},
}

// TestStylesRaiseNoAlarm judges correct services of many shapes, and such as others
// use at the same time.
func TestStylesRaiseNoAlarm(t *testing.T) {
	const seeds = 200
	for _, row := range styleRows {
		named := 0
		for seed := range uint64(seeds) {
			cfg := randomConfig(seed + 50_000)
			if row.tune != nil {
				row.tune(&cfg)
			}
			s := simulate(cfg)
			e := s.evidence()
			if row.change != nil {
				row.change(s, &e)
			}
			r := Judge(e, Options{})
			if rules := violated(r); len(rules) > 0 {
				t.Fatalf("%s, seed %d: %v is violated\n%+v\n%s", row.name, seed, rules, cfg, r)
			}
			if v := r.Verdict(row.rule); row.rule != "" && v.Answer == Unknown && strings.Contains(v.Reason, row.reason) {
				named++
			}
		}
		if row.rule != "" && named < 50 {
			t.Errorf("%s: %s was unknown for %q in %d of %d runs, want at least 50", row.name, row.rule, row.reason, named, seeds)
		}
	}
}

// TestStylesAreExercised wants the rules about money, stock and steps to hold, and
// not to be unknown, for services whose steps come in another order.
func TestStylesAreExercised(t *testing.T) {
	for _, style := range []simShape{{chargeFirst: true}, {parallel: true}} {
		held := map[string]int{}
		for seed := range uint64(100) {
			cfg := randomConfig(seed)
			cfg.shape = style
			for _, v := range Judge(simulate(cfg).evidence(), Options{}).Verdicts {
				if v.Answer == Holds {
					held[v.Rule]++
				}
			}
		}
		for _, rule := range []string{"C1", "C2", "C3", "C4", "C5", "C7", "C8", "T1", "T2", "T3", "T4"} {
			if held[rule] < 20 {
				t.Errorf("%+v: %s held in %d of 100 runs, want at least 20", style, rule, held[rule])
			}
		}
	}
}
