package frame

import (
	"cmp"
	"slices"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// failureRow counts the failed operations of a stage that have one reason.
type failureRow struct {
	stage, reason     string
	failures, unknown int64
	percent           float64
}

var failureColumns = []column[failureRow]{
	textColumn("stage", func(f *failureRow) string { return f.stage }),
	textColumn("reason", func(f *failureRow) string { return f.reason }),
	intColumn("failures", func(f *failureRow) int64 { return f.failures }),
	intColumn("unknown", func(f *failureRow) int64 { return f.unknown }),
	floatColumn("of_requests_percent", func(f *failureRow) float64 { return rounded(f.percent) }),
}

// FailuresByReason counts, for each stage in the order given, the operations without
// success by their reason, the most frequent first; unknown is how many of them may have
// had their effect. It has no rows when no operation failed.
func FailuresByReason(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	var rows []failureRow
	for _, s := range stages {
		rows = append(rows, failures(s)...)
	}
	return newFrame("failures by reason", rows, failureColumns)
}

func failures(s runs.Stage) []failureRow {
	by := map[string]*failureRow{}
	for o := range s.EachOperation("success", "reason", "outcome") {
		if o.Success {
			continue
		}
		f := by[o.Reason]
		if f == nil {
			f = &failureRow{stage: s.Stage, reason: o.Reason}
			by[o.Reason] = f
		}
		f.failures++
		if o.Outcome == purchase.Unknown {
			f.unknown++
		}
	}
	rows := make([]failureRow, 0, len(by))
	for _, f := range by {
		f.percent = 100 * float64(f.failures) / float64(s.OperationCount())
		rows = append(rows, *f)
	}
	slices.SortFunc(rows, func(a, b failureRow) int {
		return cmp.Or(cmp.Compare(b.failures, a.failures), cmp.Compare(a.reason, b.reason))
	})
	return rows
}
