package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// twoRuns are two runs on one service that was not reset in between.
func twoRuns(seed uint64) (first, second runs.Stage, between *State, whole Evidence) {
	cfg := randomConfig(seed)
	cfg.poll = 0
	s := simulate(cfg)
	first, between = s.stage, s.state(s.now+1000)
	s.again("again-")
	whole = s.evidence()
	second = s.stage
	whole.Stages = []runs.Stage{first, second}
	return first, second, between, whole
}

// Whatever is left out or mixed up, a correct service is never called faulty.
func TestTroubleRaisesNoAlarm(t *testing.T) {
	shift := func(s runs.Stage, d time.Duration) runs.Stage {
		s.Started = s.Started.Add(d)
		s.Attempts = slices.Clone(s.Attempts)
		for i := range s.Attempts {
			s.Attempts[i].StartTS = s.Attempts[i].StartTS.Add(d)
		}
		return s
	}
	at := func(s *State, t time.Time) *State {
		x := *s
		x.At = t
		return &x
	}
	judged := map[string]int{} // evidence that was judged without an unknown
	for seed := range uint64(120) {
		first, second, between, whole := twoRuns(seed)
		cfg := randomConfig(seed)
		cfg.lookAt = cfg.service * int64(cfg.ops) / 2
		midway := simulate(cfg)
		loaded := midway.evidence()
		loaded.After = midway.midway
		reset := randomConfig(seed + 1) // order ids begin anew
		reset.prefix = "other-"
		other := simulate(reset).evidence()
		elsewhere := second
		elsewhere.API = "http://127.0.0.1:9"

		for name, e := range map[string]Evidence{
			"both runs":                            whole,
			"the second, by difference":            {Stages: []runs.Stage{second}, Before: between, After: whole.After, Sealed: true},
			"the second, by difference, not alone": {Stages: []runs.Stage{second}, Before: between, After: whole.After},
			"the second, not reset":                {Stages: []runs.Stage{second}, Fixture: whole.Fixture, After: whole.After},
			"the second, nothing known":            {Stages: []runs.Stage{second}, After: whole.After},
			"the first, state of later":            {Stages: []runs.Stage{first}, Fixture: whole.Fixture, After: whole.After},
			"reset since":                          {Stages: []runs.Stage{first}, Fixture: whole.Fixture, After: other.After},
			"reset since, empty":                   {Stages: []runs.Stage{first}, Fixture: whole.Fixture, After: &State{At: other.After.At}},
			"clock set back between stages":        {Stages: []runs.Stage{first, shift(second, -time.Hour)}, Fixture: whole.Fixture, After: whole.After, Sealed: true},
			"clock set forward between stages":     {Stages: []runs.Stage{first, shift(second, time.Hour)}, Fixture: whole.Fixture, After: at(whole.After, whole.After.At.Add(time.Hour)), Sealed: true},
			"clock set back before the reading":    {Stages: whole.Stages, Fixture: whole.Fixture, After: at(whole.After, whole.After.At.Add(-time.Hour)), Sealed: true},
			"time of the reading not known":        {Stages: whole.Stages, Fixture: whole.Fixture, After: at(whole.After, time.Time{}), Sealed: true},
			"stages in the wrong order":            {Stages: []runs.Stage{second, first}, Fixture: whole.Fixture, After: whole.After, Sealed: true},
			"read during the load":                 loaded,
			"the same stage twice, not alone":      {Stages: []runs.Stage{second, second}, Before: between, After: whole.After},
			"two services":                         {Stages: []runs.Stage{first, elsewhere}, Fixture: whole.Fixture, After: whole.After, Sealed: true},
			"the same stage twice":                 {Stages: []runs.Stage{first, second, second}, Fixture: whole.Fixture, After: whole.After, Sealed: true},
		} {
			r := Judge(e, Options{})
			if len(violated(r)) > 0 {
				t.Fatalf("seed %d, %s: an alarm\n%s", seed, name, r)
			}
			if r.ExitCode() == ExitHolds {
				judged[name]++
			}
		}
	}
	for _, name := range []string{"both runs", "the second, by difference", "clock set forward between stages"} {
		if judged[name] < 100 {
			t.Errorf("%s: judged to the end in %d of 120 runs, want at least 100", name, judged[name])
		}
	}
	for _, name := range []string{"reset since, empty", "two services", "the second, nothing known"} {
		if judged[name] > 10 {
			t.Errorf("%s: said to hold in %d of 120 runs, want it unknown", name, judged[name])
		}
	}
}

// Of two clients at the same time only one is judged: the other's orders are
// named, and nothing that they explain is blamed on the service.
func TestAnotherClientAtTheSameTime(t *testing.T) {
	named := 0
	for seed := range uint64(120) {
		cfg := randomConfig(seed)
		cfg.duplicate, cfg.reuse = 0, 0
		e := simulate(cfg).evidence()
		s := e.Stages[0]
		half := []runs.Operation{}
		for _, op := range s.Operations {
			if op.Index%2 == 0 {
				half = append(half, op)
			}
		}
		s.Operations = half
		s.Attempts, s.Requests = ofOperations(s), len(half)
		e.Stages, e.Sealed = []runs.Stage{s}, false
		r := Judge(e, Options{})
		if rules := violated(r); len(rules) > 0 {
			t.Fatalf("seed %d: %v is violated\n%s", seed, rules, r)
		}
		if v := r.Verdict("C4"); v.Answer == Unknown && strings.Contains(v.Reason, "under keys that this run did not send: other clients were active, or the service made them by itself; judge it when this run alone uses the service, and say so with --sole-client") {
			named++
		}
	}
	if named < 60 {
		t.Errorf("the other client's orders were named in %d of 120 runs, want at least 60", named)
	}
}

// What cannot be judged says why.
func TestTroubleIsNamed(t *testing.T) {
	first, second, between, whole := twoRuns(3) // a seed with refusals in both runs
	elsewhere := second
	elsewhere.API = "http://127.0.0.1:9"
	broken := second
	broken.Attempts = slices.Clone(broken.Attempts)
	broken.Attempts[0].LatencyMS = -1
	bare := second
	bare.Attempts = nil
	busy := *between
	busy.Orders = append(slices.Clone(busy.Orders), purchase.Order{OrderID: "slow", Status: purchase.Pending})
	partly := *whole.After
	partly.Ledger, partly.Failed = nil, map[Call]string{LedgerCall: "HTTP 500 on page 3"}
	without := *whole.After
	without.Ledger, without.NotOffered = nil, []Call{LedgerCall}
	changing := *whole.After
	changing.Unsettled = "two reads differed after 10s"
	cut := first
	cut.State, cut.Operations = runs.Interrupted, cut.Operations[:len(cut.Operations)/2]
	cut.Attempts = ofOperations(cut)
	for _, tt := range []struct {
		name string
		e    Evidence
		rule string
		want Answer
		says string
	}{
		{"two services", Evidence{Stages: []runs.Stage{first, elsewhere}}, "K1", Unknown, "give the stages of one service only"},
		{"wrong order", Evidence{Stages: []runs.Stage{second, first}, Fixture: whole.Fixture}, "S2", Unknown, "the clock was set in between, or the stages are not in the order of execution"},
		{"a negative latency", Evidence{Stages: []runs.Stage{broken}, Fixture: whole.Fixture}, "S2", Unknown, "1 attempt has an impossible start or latency"},
		{"not reset", Evidence{Stages: []runs.Stage{second}, Fixture: whole.Fixture, After: whole.After}, "C1", Unknown, "under keys that this run did not send: other clients were active"},
		{"not at rest", Evidence{Stages: []runs.Stage{second}, Before: &busy, After: whole.After}, "C1", Unknown, "not at rest when the run began"},
		{"reset since", Evidence{Stages: []runs.Stage{first}, After: &State{}}, "C4", Unknown, "it was reset since, or is another service's"},
		{"no fixture", Evidence{Stages: []runs.Stage{first}}, "S1", Unknown, "no fixture was applied, and its state was not read"},
		{"others may have bought", refusedAlone(false), "S2", Unknown, "others may have used the service meanwhile"},
		{"alone", refusedAlone(true), "S2", Violated, "enough must have been left"},
		{"no state", Evidence{Stages: []runs.Stage{first}}, "C1", Unknown, "only the history is judged"},
		{"ledger broken off", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &partly, Sealed: true}, "C3", Unknown, "GET /ledger failed: HTTP 500 on page 3"},
		{"no ledger", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &without, Sealed: true}, "C3", Unknown, "does not offer GET /ledger"},
		{"no ledger", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &without, Sealed: true}, "C2", Holds, "judged by the orders, because the service does not offer GET /ledger"},
		{"changing", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &changing, Sealed: true}, "C1", Unknown, "two reads differed after 10s"},
		{"changing", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &changing, Sealed: true}, "C2", Unknown, "two reads differed after 10s"},
		{"changing", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &changing, Sealed: true}, "C3", Unknown, "two reads differed after 10s"},
		{"changing", Evidence{Stages: whole.Stages, Fixture: whole.Fixture, After: &changing, Sealed: true}, "C5", Unknown, "two reads differed after 10s"},
		{"cut off", Evidence{Stages: []runs.Stage{cut}, Fixture: whole.Fixture, After: between}, "C4", Unknown, "(interrupted), and purchases that are not recorded may have been sent"},
		{"cut off", Evidence{Stages: []runs.Stage{cut}, Fixture: whole.Fixture, After: between, Sealed: true}, "C4", Unknown, "(interrupted), and purchases that are not recorded may have been sent"},
		{"nothing", Evidence{}, "K1", NotExercised, "no key was confirmed twice"},
		{"no samples", whole, "C6", NotExercised, "no stock or balance was read during the load"},
	} {
		v := Judge(tt.e, Options{}).Verdict(tt.rule)
		if v.Answer != tt.want || !strings.Contains(v.Evidence(), tt.says) {
			t.Errorf("%s: %s is %s: %q; want %s: %q", tt.name, tt.rule, v.Answer, v.Evidence(), tt.want, tt.says)
		}
	}
	if r := Judge(Evidence{Stages: []runs.Stage{bare}, Fixture: whole.Fixture}, Options{}); !strings.Contains(strings.Join(r.Notes, " "), "recorded without attempts") {
		t.Errorf("operations without attempts: notes %q, want them named", r.Notes)
	}
}

// refusedAlone is a refusal that nothing in the history explains, without state.
func refusedAlone(sealed bool) Evidence {
	e := tale{sent: []sent{buys("a", 1, 0, 5).ends(409, "out_of_stock", "")}, alone: true}.evidence()
	e.Sealed = sealed
	return e
}

// The exit code counts each required rule that is unknown, whatever the reason: what was
// not read counts like what the service does not offer.
func TestExitCodes(t *testing.T) {
	_, _, _, whole := twoRuns(1)
	history := whole
	history.After = nil
	partly := *whole.After
	partly.Ledger, partly.Failed = nil, map[Call]string{LedgerCall: "HTTP 500"}
	failed := whole
	failed.After = &partly
	lost := whole
	lost.After = &State{At: whole.After.At, Orders: whole.After.Orders[1:], Products: whole.After.Products, Users: whole.After.Users, Ledger: whole.After.Ledger}
	for _, tt := range []struct {
		name string
		e    Evidence
		code int
		tier Tier
	}{
		{"all", whole, ExitHolds, Traces},
		{"history", history, ExitUnknown, History},
		{"a failed call", failed, ExitUnknown, Traces},
		{"an order lost", lost, ExitViolated, Traces},
	} {
		if r := Judge(tt.e, Options{}); r.ExitCode() != tt.code || r.Tier != tt.tier {
			t.Errorf("%s: exit code %d, tier %s; want %d, %s\n%s", tt.name, r.ExitCode(), r.Tier, tt.code, tt.tier, r)
		}
	}
}
