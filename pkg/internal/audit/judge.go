package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/runs"
)

// Judge applies every rule to the evidence. It is pure, takes O(n log n) time for
// n attempts, orders and ledger entries, and memory in proportion to them. Any
// evidence may be given: what cannot be judged is answered with unknown.
func Judge(e history.Evidence, o history.Options) Report {
	m, planned := history.New(e, o), checkPlannedFaults(e.Stages)
	keyless := m.CountKeyless()
	r := Report{
		Tier: tierOf(m), Stages: stageNames(e.Stages), Attempts: countAttempts(m), Keys: len(m.Keys) - keyless, Purchases: len(m.Purchases),
		Orders: len(m.Orders), Keyless: keyless, Seed: e.Seed, Notes: slices.Concat(e.Notes, modelNotes(m), planned.notes()),
	}
	r.Notes = append(r.Notes, nothingRetried(m, planned)...)
	mixed := m.MixedServices()
	for i := range rules {
		rule := &rules[i]
		q := ruling{unknown: mixed}
		if mixed == "" {
			q = rule.judge(m)
		}
		v := q.verdict(rule)
		planned.limit(&v, rule)
		r.Verdicts = append(r.Verdicts, v)
	}
	r.rankCauses()
	return r
}

// rankCauses sets Verdict.CauseRank.
func (r *Report) rankCauses() {
	for rank, violated := range r.Violated() {
		for i := range r.Verdicts {
			if r.Verdicts[i].Rule == violated.Rule {
				r.Verdicts[i].CauseRank = rank + 1
			}
		}
	}
}

// nothingRetried says that no purchase was sent more than once, asking again included,
// when there were purchases and no note on planned faults says it of a part of the rules.
func nothingRetried(m *history.Model, planned plannedFaults) []string {
	sentAgain := func(k history.Key) bool { return k.Sent > 1 }
	askedAgain := func(r history.Repeat) bool { return m.Options.Meaning(&r.Attempt) != history.NotSent }
	if len(m.Attempts) == 0 || m.StepsSentAgain || m.KeysDeliveredTwice() > 0 || len(planned.missed) > 0 || m.WithoutAttempts > 0 ||
		slices.ContainsFunc(m.Keys, sentAgain) || slices.ContainsFunc(m.Evidence.AskedAgain, askedAgain) {
		return nil
	}
	return []string{"no key was sent more than once: how the service answers the retry of a key was not tested"}
}

// countAttempts counts the attempts of the history, at whatever step.
func countAttempts(m *history.Model) (n int) {
	for i := range m.All {
		if p := m.All[i].Part; p == history.Decides || p == history.Prepares {
			n++
		}
	}
	return n
}

// stageNames returns the names of the stages, each once, in their order.
func stageNames(stages []runs.Stage) (names []string) {
	for _, s := range stages {
		if !slices.Contains(names, s.Stage) {
			names = append(names, s.Stage)
		}
	}
	return names
}

// executedAgain names the stages of which several executions are judged, which
// counterexamples do not tell apart.
func executedAgain(stages []runs.Stage) (notes []string) {
	for _, name := range stageNames(stages) {
		n := 0
		for i := range stages {
			if stages[i].Stage == name && stages[i].Kind != runs.Case {
				n++
			}
		}
		if n > 1 {
			notes = append(notes, fmt.Sprintf("stage %s was executed %d times, and all of them are judged", name, n))
		}
	}
	return notes
}

// tierOf returns how much the service let the audit see.
func tierOf(m *history.Model) Tier {
	switch {
	case m.Evidence.After == nil:
		return History
	case m.OrdersUnusable == "" && m.ShowsSteps():
		return Traces
	}
	return Reads
}

// modelNotes says what limits the audit as a whole.
func modelNotes(m *history.Model) []string {
	var notes []string
	add := func(applies bool, format string, args ...any) {
		if applies {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	add(len(m.All) == 0, "no attempt was recorded")
	add(m.Incomplete != "", "%s", m.Incomplete)
	add(m.TimesUnusable != "", "%s", m.TimesUnusable)
	add(m.WithoutAttempts > 0, "%s recorded without attempts: judged by the final answer alone", history.Counted(m.WithoutAttempts, "operation was", "operations were"))
	add(m.UnrecordedPayloads > 0, "%s", payloadsUnrecorded(m))
	for _, s := range append(endedBetween(m), executedAgain(m.Stages)...) {
		add(true, "%s", s)
	}
	add(m.NotThisRun != "", "%s", m.NotThisRun)
	add(m.NotThisRun == "" && m.NotFinal != "", "%s", m.NotFinal)
	return notes
}
