package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// falsePromise is two answers to a key that contradict each other: that nothing was done,
// and then, to a later attempt, that the purchase had been confirmed before.
type falsePromise struct{ nothing, replay *history.Attempt }

// falsePromises returns, by key, answers that nothing was done of which a replay proves
// that one was wrong: the service says that it had confirmed the purchase before, and
// every other attempt that can have reached it until the replay had ended was answered
// as one for which nothing was done. Who bought otherwise is not excluded where
// doubtOfNothing says so.
func falsePromises(m *history.Model) map[int32]falsePromise {
	found := map[int32]falsePromise{}
	for n := range m.Purchases {
		k := m.Purchases[n].Key
		if m.Keys[k].Name == "" || m.Purchases[n].Confirmations == 0 || !anyDidNothing(m, k) {
			continue
		}
		if x := falsePromiseOf(m, int32(n)); x.nothing != nil {
			found[k] = x
		}
	}
	return found
}

// anyDidNothing reports whether an answer to a key said that nothing was done.
func anyDidNothing(m *history.Model, k int32) bool {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if m.Purchases[n].DidNothing > m.Purchases[n].KeyReused {
			return true
		}
	}
	return false
}

// falsePromiseOf looks for the contradiction in the attempts of the key of a purchase that
// was confirmed; the zero value is none.
func falsePromiseOf(m *history.Model, n int32) falsePromise {
	replay := firstReplay(m, n)
	if replay == nil {
		return falsePromise{}
	}
	var nothing *history.Attempt
	for other := m.Keys[m.Purchases[n].Key].First; other != history.None; other = m.Purchases[other].NextOfKey {
		for _, i := range m.AttemptsOf(other) {
			a := &m.Attempts[i]
			switch {
			case a == replay || a.Meaning == history.NotSent || a.Start > replay.End:
			case !a.Meaning.DidNothing():
				return falsePromise{}
			case a.Meaning != history.KeyReused && a.End < replay.Start && (nothing == nil || a.End > nothing.End):
				nothing = a
			}
		}
	}
	return falsePromise{nothing, replay}
}

// firstReplay returns the first attempt of a purchase that was answered with a
// confirmation as a replay, nil without one.
func firstReplay(m *history.Model, n int32) (first *history.Attempt) {
	for _, i := range m.AttemptsOf(n) {
		a := &m.Attempts[i]
		if row := confirmingRow(m, int(i)); row != nil && row.Replayed && (first == nil || a.End < first.End) {
			first = a
		}
	}
	return first
}

func falsePromiseCounterexample(m *history.Model, k int32, x falsePromise) Counterexample {
	l := attemptLine(m, x.replay)
	return Counterexample{
		Key: m.Keys[k].Name, OrderID: l.OrderID, Attempts: attemptLines(m, purchasesOf(m, k)...), State: orderLines(m, k),
		Says: fmt.Sprintf("%s said that nothing happened to key %s, but a later attempt was answered with %d as a replay: it had been bought before", quoteAnswer(m, x.nothing), m.Keys[k].Name, l.Status),
	}
}
