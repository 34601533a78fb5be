package frame

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

var summaryColumns = []column[runs.Summary]{
	textColumn("stage", func(s *runs.Summary) string { return s.Stage }),
	intColumn("requests", func(s *runs.Summary) int64 { return int64(s.Requests) }),
	intColumn("success", func(s *runs.Summary) int64 { return int64(s.Success) }),
	intColumn("failure", func(s *runs.Summary) int64 { return int64(s.Failure) }),
	intColumn("unknown", func(s *runs.Summary) int64 { return int64(s.Unknown) }),
	floatColumn("amplification", func(s *runs.Summary) float64 { return rounded(s.Amplification) }),
	floatColumn("per_s", func(s *runs.Summary) float64 { return rounded(s.RequestsPerSecond) }),
	floatColumn("p50_ms", func(s *runs.Summary) float64 { return rounded(s.P50) }),
	floatColumn("p90_ms", func(s *runs.Summary) float64 { return rounded(s.P90) }),
	floatColumn("p95_ms", func(s *runs.Summary) float64 { return rounded(s.P95) }),
	floatColumn("p99_ms", func(s *runs.Summary) float64 { return rounded(s.P99) }),
	floatColumn("max_ms", func(s *runs.Summary) float64 { return rounded(s.Maximum) }),
	textColumn("note", func(s *runs.Summary) string { return strings.Join(s.Notes(), "; ") }),
}

// Summary is the percentiles table: one row for each stage, in the order given.
// It is for reading: figures of 10 and more have one decimal, smaller ones three
// digits (load.Rounded), as in every line; runs.Summarize has them exactly. per_s is of
// the whole time until the last answer, but of no more than the schedule's length in an
// open stage whose service kept up (load.Stage.RateTime). The note
// says what to beware of: a stage that was not completed, dropped arrivals, a client
// that was the bottleneck or did not keep the schedule, planned faults that took no
// request, percentiles that rest on too few samples.
func Summary(stages []runs.Stage) (dataframe.DataFrame, error) {
	rows := make([]runs.Summary, len(stages))
	for i, s := range stages {
		rows[i] = runs.Summarize(s)
	}
	return newFrame("the summary", rows, summaryColumns)
}

// brief rounds v to what a reader needs, as every line and figure does.
func rounded(v float64) float64 { return load.Rounded(v) }

// attempted is how operations with one number of attempts ended.
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

// AttemptsByOutcome counts, for each stage in the order given and each number of
// attempts that took place in it, ascending, the operations by what is known of
// them in the end.
func AttemptsByOutcome(stages []runs.Stage) (dataframe.DataFrame, error) {
	var rows []attemptsRow
	for _, s := range stages {
		by := map[int64]*attemptsRow{}
		for i := range s.Operations {
			o := &s.Operations[i]
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

// failure counts the failed operations of a stage that have one reason.
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

// FailuresByReason counts, for each stage in the order given, the operations
// without success by their reason, the most frequent first; unknown is how many
// of them may have taken effect all the same. It has no rows when nothing failed.
func FailuresByReason(stages []runs.Stage) (dataframe.DataFrame, error) {
	var rows []failureRow
	for _, s := range stages {
		rows = append(rows, failures(s)...)
	}
	return newFrame("failures by reason", rows, failureColumns)
}

func failures(s runs.Stage) []failureRow {
	by := map[string]*failureRow{}
	for i := range s.Operations {
		o := &s.Operations[i]
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
		f.percent = 100 * float64(f.failures) / float64(len(s.Operations))
		rows = append(rows, *f)
	}
	slices.SortFunc(rows, func(a, b failureRow) int {
		return cmp.Or(cmp.Compare(b.failures, a.failures), cmp.Compare(a.reason, b.reason))
	})
	return rows
}
