package frame

import (
	"maps"
	"slices"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// attemptsRow counts the operations with one number of attempts by their outcome.
type attemptsRow struct {
	stage                           string
	attempts                        int64
	operations, ok, failed, unknown int64
}

var attemptsByOutcomeColumns = []column[attemptsRow]{
	textColumn("stage", func(a *attemptsRow) string { return a.stage }),
	intColumn("attempts", func(a *attemptsRow) int64 { return a.attempts }),
	intColumn("operations", func(a *attemptsRow) int64 { return a.operations }),
	intColumn("ok", func(a *attemptsRow) int64 { return a.ok }),
	intColumn("failed", func(a *attemptsRow) int64 { return a.failed }),
	intColumn("unknown", func(a *attemptsRow) int64 { return a.unknown }),
}

// AttemptsByOutcome counts, for each stage in the order given and each number of attempts
// that occurred in it, ascending, the operations by their final outcome.
func AttemptsByOutcome(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	var rows []attemptsRow
	for _, s := range stages {
		by := map[int64]*attemptsRow{}
		for o := range s.EachOperation("attempts", "outcome") {
			a := by[o.Attempts]
			if a == nil {
				a = &attemptsRow{stage: s.Stage, attempts: o.Attempts}
				by[o.Attempts] = a
			}
			a.count(o.Outcome)
		}
		for _, n := range slices.Sorted(maps.Keys(by)) {
			rows = append(rows, *by[n])
		}
	}
	return newFrame("attempts by outcome", rows, attemptsByOutcomeColumns)
}

func (a *attemptsRow) count(o purchase.Outcome) {
	a.operations++
	switch o {
	case purchase.OK:
		a.ok++
	case purchase.Failed:
		a.failed++
	default:
		a.unknown++ // also what is no outcome at all: nothing is known
	}
}
