package audit

import (
	"slices"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// project returns the evidence with what a projection leaves of its states and samples.
func project(e Evidence, order func(*purchase.Order), product func(*purchase.Product), entry func(*purchase.Entry)) Evidence {
	state := func(s *State) *State {
		if s == nil {
			return nil
		}
		x := *s
		x.Orders, x.Products, x.Ledger = projected(s.Orders, order), projected(s.Products, product), projected(s.Ledger, entry)
		return &x
	}
	e.Before, e.After = state(e.Before), state(e.After)
	e.Samples = slices.Clone(e.Samples)
	for i := range e.Samples {
		s := &e.Samples[i]
		s.Orders, s.Products = projected(s.Orders, order), projected(s.Products, product)
	}
	return e
}

func projected[T any](list []T, by func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		if by != nil {
			by(&list[i])
		}
	}
	return list
}

// answersWithoutIDs returns the evidence with answers that name no orders.
func answersWithoutIDs(e Evidence) Evidence {
	e.Stages = slices.Clone(e.Stages)
	for i := range e.Stages {
		e.Stages[i].Attempts = projected(e.Stages[i].Attempts, func(a *runs.Attempt) { a.OrderID = "" })
	}
	return e
}

// projections are what services show: the evidence of a run without the rest.
var projections = map[string]func(Evidence) Evidence{
	"ids and status": func(e Evidence) Evidence {
		return project(e, func(o *purchase.Order) { *o = purchase.Order{OrderID: o.OrderID, Status: o.Status} }, nil, nil)
	},
	"ids, status and keys": func(e Evidence) Evidence {
		return project(e, func(o *purchase.Order) {
			*o = purchase.Order{OrderID: o.OrderID, Status: o.Status, IdempotencyKey: o.IdempotencyKey}
		}, nil, nil)
	},
	"ids, status and users": func(e Evidence) Evidence {
		return project(e, func(o *purchase.Order) {
			*o = purchase.Order{OrderID: o.OrderID, Status: o.Status, UserID: o.UserID}
		}, nil, nil)
	},
	"orders without users":      func(e Evidence) Evidence { return project(e, func(o *purchase.Order) { o.UserID = 0 }, nil, nil) },
	"orders without products":   func(e Evidence) Evidence { return project(e, func(o *purchase.Order) { o.ProductID = 0 }, nil, nil) },
	"orders without quantities": func(e Evidence) Evidence { return project(e, func(o *purchase.Order) { o.Quantity = 0 }, nil, nil) },
	"orders without quantities and keys": func(e Evidence) Evidence {
		return project(e, func(o *purchase.Order) { o.Quantity, o.IdempotencyKey = 0, "" }, nil, nil)
	},
	"orders of two kinds": func(e Evidence) Evidence {
		n := 0
		return project(e, func(o *purchase.Order) {
			if n++; n%2 == 0 {
				o.Quantity, o.IdempotencyKey = 0, ""
			} else {
				o.UserID, o.IdempotencyKey = 0, ""
			}
		}, nil, nil)
	},
	"half of the orders without payload": func(e Evidence) Evidence {
		n := 0
		return project(e, func(o *purchase.Order) {
			if n++; n%2 == 0 {
				*o = purchase.Order{OrderID: o.OrderID, Status: o.Status, IdempotencyKey: o.IdempotencyKey}
			}
		}, nil, nil)
	},
	"no amounts": func(e Evidence) Evidence { return project(e, func(o *purchase.Order) { o.Amount = 0 }, nil, nil) },
	"no amounts, half of them": func(e Evidence) Evidence {
		n := 0
		return project(e, func(o *purchase.Order) {
			if n++; n%2 == 0 {
				o.Amount = 0
			}
		}, nil, nil)
	},
	"no times": func(e Evidence) Evidence {
		return project(e, func(o *purchase.Order) {
			o.CreatedAt, o.UpdatedAt = time.Time{}, time.Time{}
			o.Steps = projected(o.Steps, func(s *purchase.Step) { s.At = time.Time{} })
		}, nil, func(e *purchase.Entry) { e.At = time.Time{} })
	},
	"no reasons and steps": func(e Evidence) Evidence {
		return project(e, func(o *purchase.Order) { o.Reason, o.Steps = "", nil }, nil, nil)
	},
	"steps of half of the orders": func(e Evidence) Evidence {
		n := 0
		return project(e, func(o *purchase.Order) {
			if n++; n%2 == 0 {
				o.Steps = nil
			}
		}, nil, nil)
	},
	"no prices": func(e Evidence) Evidence { return project(e, nil, func(p *purchase.Product) { p.Price = 0 }, nil) },
	"nothing reserved shown": func(e Evidence) Evidence {
		return project(e, nil, func(p *purchase.Product) { p.Reserved = 0 }, nil)
	},
	"a ledger without ids and times": func(e Evidence) Evidence {
		return project(e, nil, nil, func(e *purchase.Entry) { e.EntryID, e.At = "", time.Time{} })
	},
	"a ledger without users": func(e Evidence) Evidence {
		return project(e, nil, nil, func(e *purchase.Entry) { e.UserID = 0 })
	},
	"a ledger without orders": func(e Evidence) Evidence {
		return project(e, nil, nil, func(e *purchase.Entry) { e.OrderID = "" })
	},
	"a ledger without amounts": func(e Evidence) Evidence {
		return project(e, nil, nil, func(e *purchase.Entry) { e.Amount = 0 })
	},
	"a ledger without kinds": func(e Evidence) Evidence {
		return project(e, nil, nil, func(e *purchase.Entry) { e.Kind = "" })
	},
	"a ledger by kind, undated": func(e Evidence) Evidence {
		e = project(e, nil, nil, func(e *purchase.Entry) { e.At = time.Time{} })
		for _, s := range []*State{e.Before, e.After} {
			if s != nil {
				slices.SortStableFunc(s.Ledger, func(a, b purchase.Entry) int { return -slices.Compare([]byte(a.Kind), []byte(b.Kind)) })
			}
		}
		return e
	},
}

// TestProjectionsRaiseNoAlarm: a correct service is not called violated for what it does not
// show, whatever else is not known.
func TestProjectionsRaiseNoAlarm(t *testing.T) {
	held := map[string]map[string]int{}
	for seed := range uint64(simulations / 2) {
		cfg := randomConfig(seed + 5000)
		s := simulate(cfg)
		e := s.evidence()
		e.AskedAgain = s.askAgain(10, int64(time.Minute))
		for name, by := range projections {
			if held[name] == nil {
				held[name] = map[string]int{}
			}
			x := by(e)
			for _, v := range Judge(x, Options{}).Verdicts {
				if v.Answer == Holds {
					held[name][v.Rule]++
				}
			}
			unsealed, ownData := x, x
			unsealed.Sealed = false
			ownData.Fixture = nil
			for how, x := range map[string]Evidence{"": x, "not sealed": unsealed, "own data": ownData, "answers without ids": answersWithoutIDs(x)} {
				if r := Judge(x, Options{}); len(violated(r)) > 0 {
					t.Fatalf("seed %d, %s, %s: an alarm\n%+v\n%s", cfg.seed, name, how, cfg, r)
				}
			}
		}
	}
	for name, rules := range held {
		t.Logf("%s: held %v", name, rules)
	}
}
