package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/runs"
)

// stepFlip is two answers to the first step of a purchase under one key: that it is done, and after
// that a refusal.
type stepFlip struct{ done, refused *history.Attempt }

// stepFlips lists them by purchase. A service need not keep keys at a step, so that this is judged
// where some answer to the step was a replay; and the path of a later step may name what an
// earlier one has made, so that only the first is.
func stepFlips(m *history.Model) map[int32]stepFlip {
	var flips map[int32]stepFlip
	kept := keptSteps(m)
	if len(kept) == 0 {
		return nil
	}
	for n := range m.Purchases {
		f := stepFlipOf(m, int32(n), kept)
		if f.refused == nil || m.HasSeveralPayloads(m.Purchases[n].Key) {
			continue
		}
		if flips == nil {
			flips = map[int32]stepFlip{}
		}
		flips[int32(n)] = f
	}
	return flips
}

// keptSteps returns the first steps of the stages of which an answer was a replay.
func keptSteps(m *history.Model) map[string]bool {
	kept := map[string]bool{}
	for i := range m.All {
		if row := firstStepRow(m, &m.All[i]); row != nil && row.Replayed && m.All[i].Meaning == history.StepDone {
			kept[row.Step] = true
		}
	}
	return kept
}

// firstStepRow returns the row of an attempt at the first of several steps under a key, nil for
// others.
func firstStepRow(m *history.Model, a *history.Attempt) *runs.Attempt {
	if a.Part != history.Prepares || a.Row == history.None {
		return nil
	}
	s := &m.Stages[a.Stage]
	if row := &s.Attempts[a.Row]; row.Step == s.Steps[0] && row.Key != "" {
		return row
	}
	return nil
}

func stepFlipOf(m *history.Model, n int32, kept map[string]bool) (f stepFlip) {
	var key string
	for _, i := range m.OthersOf(n) {
		a := &m.All[i]
		row := firstStepRow(m, a)
		switch {
		case row == nil || !kept[row.Step]:
		case a.Meaning == history.StepDone && f.done == nil:
			f.done, key = a, row.Key
		case a.Meaning.IsRefusal() && a.Meaning != history.Invalid && f.done != nil && row.Key == key && a.Start > f.done.End:
			f.refused = a
			return f
		}
	}
	return stepFlip{}
}

func stepFlipCounterexample(m *history.Model, n int32, f stepFlip) Counterexample {
	p, row := &m.Purchases[n], firstStepRow(m, f.refused)
	return Counterexample{
		Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, n),
		Says: fmt.Sprintf("step %s of %s was done and later refused, under key %s", row.Step, describePurchase(m, p), row.Key),
	}
}
