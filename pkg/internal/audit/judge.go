package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/runs"
)

// rule is one promise of the service.
type rule struct {
	id, title string
	// what is the kind of thing that it looks at, for "3 of 100 …".
	what  string
	judge func(*history.Model) ruling
}

var rules = []rule{
	{"K1", "one key, one order", "keys that were sent or confirmed more than once", oneOrderPerKey},
	{"K2", "a definite answer never changes", "purchases with several definite answers", stableAnswer},
	{"K3", "a key keeps its payload", "keys that were re-used or sent while in flight", payloadPerKey},
	{"K4", "one order, one key", "purchases that were answered with an order", oneKeyPerOrder},
	{"S1", "no more is sold than there was", "confirmed purchases", noOversell},
	{"S2", "out of stock is true", "refusals for lack of stock", justifiedStockRefusal},
	{"B1", "nobody spends more than he has, and insufficient balance is true", "confirmed purchases and refusals for lack of money", balanceRespected},
	{"C1", "final stock is what was not sold, nothing stays reserved", "products", finalStock},
	{"C2", "no money appears or vanishes", "users", moneyConserved},
	{"C3", "a purchase is paid once if confirmed, else not at all", "orders", chargedOnce},
	{"C4", "answers and state agree, every order was asked for", "answers and orders", answersMatchState},
	{"C5", "every order comes to an end", "orders", ordersTerminate},
	{"C6", "no stock or balance is ever below zero", "values read while load ran", noNegativeValue},
	{"C7", "statuses only go forward", "orders read while load ran", statusForward},
	{"C8", "an acknowledged order stays", "looks at acknowledged orders", acknowledgedOrderKept},
	{"T1", "steps and compensations come in the saga's order", "orders with steps", stepOrder},
	{"T2", "a compensation without its step has no effect", "orders with compensations", nullCompensation},
	{"T3", "a step after its compensation has no effect", "orders with compensations", lateStep},
	{"T4", "a step takes effect at most once", "orders with steps", stepOnce},
}

// Judge applies every rule to the evidence. It is pure, takes O(n log n) time for
// n attempts, orders and ledger entries, and memory in proportion to them. Any
// evidence may be given: what cannot be judged is answered with unknown.
func Judge(e history.Evidence, o history.Options) Report {
	m, planned := history.New(e, o), checkPlannedFaults(e.Stages)
	r := Report{
		Tier: tierOf(m), Stages: stageNames(e.Stages), Attempts: len(m.Attempts), Keys: len(m.Keys), Purchases: len(m.Purchases),
		Orders: len(m.Orders), Seed: e.Seed, Notes: append(modelNotes(m), planned.notes()...),
	}
	mixed := m.MixedServices()
	for _, rule := range rules {
		q := ruling{unknown: mixed}
		if mixed == "" {
			q = rule.judge(m)
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

func tierOf(m *history.Model) Tier {
	switch {
	case m.Evidence.After == nil:
		return History
	case m.OrdersUnusable == "" && m.ShowsSteps():
		return Traces
	}
	return Reads
}

// notes says what limits the audit as a whole.
func modelNotes(m *history.Model) []string {
	var notes []string
	add := func(applies bool, format string, args ...any) {
		if applies {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	add(len(m.Attempts) == 0, "no attempt was recorded")
	add(m.Incomplete != "", "%s", m.Incomplete)
	add(m.TimesUnusable != "", "%s", m.TimesUnusable)
	add(m.WithoutAttempts > 0, "%d operations were recorded without their attempts; they are judged by their end", m.WithoutAttempts)
	add(m.UnrecordedPayloads > 0, "of %d attempts it is not recorded what they were to buy", m.UnrecordedPayloads)
	add(m.NotThisRun != "", "%s", m.NotThisRun)
	add(m.NotThisRun == "" && m.NotFinal != "", "%s", m.NotFinal)
	return notes
}
