package observe

import (
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// countUnsettled counts the keys of the stages that an attempt without an answer may have
// begun, or one that accepts it has, and that no answer settled: their purchases may still be
// under way. A key of a step is settled when the step is done. An attempt without a key is a
// purchase of its own, which no other answer settles but a poll after it. A poll begins nothing.
func countUnsettled(stages []runs.Stage) (n int) {
	open := map[string]bool{} // by key: still unsettled
	for s := range stages {
		for i := range stages[s].Attempts {
			a := &stages[s].Attempts[i]
			m := a.Means()
			ended := m.IsDefinite() || m == purchase.MeansStepDone
			begun := a.IsAttempt() && (m == purchase.MeansUnclear || m == purchase.MeansInProgress || m == purchase.MeansPending)
			switch {
			case ended && a.Key != "":
				open[a.Key] = false
			case ended && a.Kind == runs.Poll:
				n-- // the attempt before was accepted
			case begun && a.Key == "":
				n++
			case begun:
				if _, known := open[a.Key]; !known {
					open[a.Key] = true
				}
			}
		}
	}
	for _, unsettled := range open {
		if unsettled {
			n++
		}
	}
	return n
}

// mayHideWork reports whether purchases may be under way that a state does not show: some
// have no outcome, and the service, which is not of the contract, has shown neither an order
// that is pending nor a piece that is reserved, so that nothing says that it would. Then only
// the time for settling tells that they have ended.
func (q *quiescence) mayHideWork(s *audit.State) bool {
	q.showsWork = q.showsWork || !isSettled(s)
	return q.unsettledKeys > 0 && !q.showsWork
}
