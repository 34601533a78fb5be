package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/runs"
)

// rule is one promise of the service.
type rule struct {
	id, title string
	// what is the kind of thing that it looks at, for "3 of 100 …".
	what  string
	judge func(*world) inquiry
}

var rules = []rule{
	{"K1", "one key, one order", "keys that were sent or confirmed more than once", k1},
	{"K2", "a definite answer never changes", "purchases with several definite answers", k2},
	{"K3", "a key keeps its payload", "keys that were re-used or sent while in flight", k3},
	{"K4", "one order, one key", "purchases that were answered with an order", k4},
	{"S1", "no more is sold than there was", "confirmed purchases", s1},
	{"S2", "out of stock is true", "refusals for lack of stock", s2},
	{"B1", "nobody spends more than he has, and insufficient balance is true", "confirmed purchases and refusals for lack of money", b1},
	{"C1", "final stock is what was not sold, nothing stays reserved", "products", c1},
	{"C2", "no money appears or vanishes", "users", c2},
	{"C3", "a purchase is paid once if confirmed, else not at all", "orders", c3},
	{"C4", "answers and state agree, every order was asked for", "answers and orders", c4},
	{"C5", "every order comes to an end", "orders", c5},
	{"C6", "no stock or balance is ever below zero", "values read while load ran", c6},
	{"C7", "statuses only go forward", "orders read while load ran", c7},
	{"C8", "an acknowledged order stays", "looks at acknowledged orders", c8},
	{"T1", "steps and compensations come in the saga's order", "orders with steps", t1},
	{"T2", "a compensation without its step has no effect", "orders with compensations", t2},
	{"T3", "a step after its compensation has no effect", "orders with compensations", t3},
	{"T4", "a step takes effect at most once", "orders with steps", t4},
}

// Judge applies every rule to the evidence. It is pure, takes O(n log n) time for
// n attempts, orders and ledger entries, and memory in proportion to them. Any
// evidence may be given: what cannot be judged is answered with unknown.
func Judge(e Evidence, o Options) Report {
	w, planned := newWorld(e, o), surveyFaults(e.Stages)
	r := Report{
		Tier: w.tier(), Stages: stageNames(e.Stages), Attempts: len(w.tries), Keys: len(w.keys), Purchases: len(w.deeds),
		Orders: len(w.orders), Seed: e.Seed, Notes: append(w.notes(), planned.notes()...),
	}
	mixed := w.mixed()
	for _, rule := range rules {
		q := inquiry{unknown: mixed}
		if mixed == "" {
			q = rule.judge(w)
		}
		v := q.verdict()
		v.Rule, v.Title, v.What = rule.id, rule.title, rule.what
		planned.limit(&v)
		r.Verdicts = append(r.Verdicts, v)
	}
	return r
}

// stageNames are the names of the stages, each once, in their order.
func stageNames(stages []runs.Stage) (names []string) {
	for _, s := range stages {
		if !slices.Contains(names, s.Stage) {
			names = append(names, s.Stage)
		}
	}
	return names
}

func (w *world) tier() Tier {
	switch {
	case w.e.After == nil:
		return History
	case w.noOrders == "" && w.traced():
		return Traces
	}
	return Reads
}

// mixed says why the stages cannot be judged together, "" when they can.
func (w *world) mixed() string {
	for i := range w.stages {
		if a, b := w.stages[0].API, w.stages[i].API; a != b {
			return fmt.Sprintf("stage %s ran against %s, stage %s against %s: give the stages of one service only", w.stages[0].Stage, orNone(a), w.stages[i].Stage, orNone(b))
		}
	}
	return ""
}

// notes says what limits the audit as a whole.
func (w *world) notes() []string {
	var notes []string
	add := func(applies bool, format string, args ...any) {
		if applies {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	add(len(w.tries) == 0, "no attempt was recorded")
	add(w.incomplete != "", "%s", w.incomplete)
	add(w.disorder != "", "%s", w.disorder)
	add(w.bare > 0, "%d operations were recorded without their attempts; they are judged by their end", w.bare)
	add(w.blind > 0, "of %d attempts it is not recorded what they were to buy", w.blind)
	add(w.stale != "", "%s", w.stale)
	add(w.stale == "" && w.early != "", "%s", w.early)
	return notes
}
