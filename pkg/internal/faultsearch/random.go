package faultsearch

import (
	"context"
	"math/rand/v2"
	"time"

	"sagalab/pkg/fault"
)

// Random is how a search that draws schedules at random fares.
type Random struct {
	Seed uint64 `json:"seed"`
	// Executions until the first violation, that one included, or until it was given up.
	Executions int     `json:"executions"`
	Found      bool    `json:"found"`
	Rule       string  `json:"rule,omitempty"`
	Seconds    float64 `json:"seconds"`
}

// RunRandom executes schedules that are drawn from a seed until one violates a rule, at most
// most of them. Each has 1 to Options.Faults faults, of any kind and on any attempt of the
// calls that the execution without faults made: it does not learn which calls happen then.
func RunRandom(ctx context.Context, e Executor, o Options, seed uint64, most int) (r Random, err error) {
	o = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return r, err
	}
	r.Seed = seed
	began := time.Now()
	defer func() { r.Seconds = time.Since(began).Seconds() }()
	rng := rand.New(rand.NewPCG(seed, 1))
	calls := make([][]fault.Call, len(o.Worlds))
	for i, w := range o.Worlds {
		x, err := e.Execute(ctx, w, fault.Schedule{})
		if r.note(&x, err) {
			return r, err
		}
		calls[i] = x.seen()
	}
	for r.Executions < most {
		i := rng.IntN(len(o.Worlds))
		x, err := e.Execute(ctx, o.Worlds[i], draw(rng, calls[i], o))
		if r.note(&x, err) {
			return r, err
		}
	}
	return r, nil
}

// note counts an execution, and reports whether it ends the search.
func (r *Random) note(x *Execution, err error) bool {
	if err != nil {
		return true
	}
	r.Executions++
	if rules := x.Violated(); len(rules) > 0 {
		r.Found, r.Rule = true, rules[0]
	}
	return r.Found
}

// draw draws a schedule.
func draw(rng *rand.Rand, calls []fault.Call, o Options) (s fault.Schedule) {
	if len(calls) == 0 {
		return s
	}
	for range 1 + rng.IntN(o.Faults) {
		c := calls[rng.IntN(len(calls))]
		c.Attempt = 1 + rng.IntN(o.Attempts)
		if _, taken := s.At(c); !taken {
			s = with(s, c, o.Kinds[rng.IntN(len(o.Kinds))])
		}
	}
	return s
}
