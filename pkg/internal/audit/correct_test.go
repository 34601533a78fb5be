package audit

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

const simulations = 400

// violated lists the rules that a report says are violated.
func violated(r Report) []string {
	var list []string
	for _, v := range r.Verdicts {
		if v.Answer == Violated {
			list = append(list, v.Rule)
		}
	}
	return list
}

func TestCorrectServiceRaisesNoAlarm(t *testing.T) {
	exercised := map[string]int{}
	for seed := range uint64(simulations) {
		cfg := randomConfig(seed)
		s := simulate(cfg)
		e := s.evidence()
		e.AskedAgain = s.askAgain(10, int64(time.Minute))
		r := Judge(e, Options{})
		if code := r.ExitCode(); code != ExitHolds {
			t.Fatalf("seed %d, everything known: exit code %d, want %d\n%+v\n%s", seed, code, ExitHolds, cfg, r)
		}
		for _, v := range r.Verdicts {
			if v.Answer == Holds {
				exercised[v.Rule]++
			}
		}
		for name, weaker := range weaken(e) {
			if r := Judge(weaker, Options{}); len(violated(r)) > 0 {
				t.Fatalf("seed %d, %s: an alarm\n%+v\n%s", seed, name, cfg, r)
			}
		}
	}
	for _, rule := range rules {
		if exercised[rule.id] < 20 {
			t.Errorf("rule %s held in %d of %d simulations, want at least 20: it is hardly exercised", rule.id, exercised[rule.id], simulations)
		}
	}
	t.Logf("held: %v", exercised)
}

// weaken takes parts of the evidence away.
func weaken(e Evidence) map[string]Evidence {
	list := map[string]Evidence{}
	vary := func(name string, change func(*Evidence)) {
		x := e
		if e.After != nil {
			after := *e.After
			x.After = &after
		}
		change(&x)
		list[name] = x
	}
	vary("history alone", func(e *Evidence) { e.After, e.Samples = nil, nil })
	vary("not sealed", func(e *Evidence) { e.Sealed = false })
	vary("no fixture", func(e *Evidence) { e.Fixture = nil })
	vary("no ledger", func(e *Evidence) {
		e.After.Ledger, e.After.NotOffered = nil, []Call{LedgerCall}
	})
	vary("no orders", func(e *Evidence) {
		e.After.Orders, e.After.NotOffered = nil, []Call{OrdersCall}
	})
	vary("orders without keys", func(e *Evidence) {
		e.After.Orders = append([]purchase.Order{}, e.After.Orders...)
		for i := range e.After.Orders {
			e.After.Orders[i].IdempotencyKey = ""
		}
	})
	vary("neither keys nor order ids in answers", func(e *Evidence) {
		e.After.Orders = append([]purchase.Order{}, e.After.Orders...)
		for i := range e.After.Orders {
			e.After.Orders[i].IdempotencyKey = ""
		}
		s := e.Stages[0]
		s.Attempts = append([]runs.Attempt{}, s.Attempts...)
		for i := range s.Attempts {
			s.Attempts[i].OrderID = ""
		}
		e.Stages = []runs.Stage{s}
	})
	vary("half of the history", func(e *Evidence) {
		s := e.Stages[0]
		s.State, s.Operations = runs.Interrupted, s.Operations[:len(s.Operations)/2]
		s.Attempts = ofOperations(s)
		e.Stages = []runs.Stage{s}
	})
	vary("half of the history, not sealed", func(e *Evidence) {
		s := e.Stages[0]
		s.State, s.Operations = runs.Interrupted, s.Operations[len(s.Operations)/2:]
		s.Attempts = ofOperations(s)
		e.Stages, e.Sealed = []runs.Stage{s}, false
	})
	return list
}

func ofOperations(s runs.Stage) []runs.Attempt {
	kept := map[int64]bool{}
	for _, op := range s.Operations {
		kept[op.Index] = true
	}
	var list []runs.Attempt
	for _, a := range s.Attempts {
		if kept[a.Index] {
			list = append(list, a)
		}
	}
	return list
}

func TestInterruptedRunsRaiseNoAlarm(t *testing.T) {
	for seed := range uint64(100) {
		cfg := randomConfig(seed)
		cfg.interrupted = true
		e := simulate(cfg).evidence()
		if r := Judge(e, Options{}); len(violated(r)) > 0 {
			t.Fatalf("seed %d: an alarm\n%s", seed, r)
		}
	}
}

// A new key for every attempt is the client's fault, and only what follows from
// it may be blamed.
func TestNewKeysBuyTwice(t *testing.T) {
	found := 0
	for seed := range uint64(100) {
		cfg := randomConfig(seed)
		cfg.newKeys, cfg.duplicate, cfg.reuse = true, 0, 0
		r := Judge(simulate(cfg).evidence(), Options{})
		for _, rule := range violated(r) {
			if rule != "C3" {
				t.Fatalf("seed %d: %s is violated, want at most C3\n%s", seed, rule, r)
			}
			found++
			if says := r.Verdict("C3").First.Says; !strings.Contains(says, "was bought 2 times") && !strings.Contains(says, "was bought 3 times") && !strings.Contains(says, "was bought 4 times") || !strings.Contains(says, "different keys") {
				t.Fatalf("seed %d: C3 says %q, want how often it was bought and why", seed, says)
			}
		}
	}
	if found < 10 {
		t.Errorf("%d of 100 runs bought twice, want at least 10", found)
	}
}
