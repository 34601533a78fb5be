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
	texts("stage", func(s *runs.Summary) string { return s.Stage }),
	ints("requests", func(s *runs.Summary) int64 { return int64(s.Requests) }),
	ints("success", func(s *runs.Summary) int64 { return int64(s.Success) }),
	ints("failure", func(s *runs.Summary) int64 { return int64(s.Failure) }),
	ints("unknown", func(s *runs.Summary) int64 { return int64(s.Unknown) }),
	floats("amplification", func(s *runs.Summary) float64 { return brief(s.Amplification) }),
	floats("per_s", func(s *runs.Summary) float64 { return brief(s.RequestsPerSecond) }),
	floats("p50_ms", func(s *runs.Summary) float64 { return brief(s.P50) }),
	floats("p90_ms", func(s *runs.Summary) float64 { return brief(s.P90) }),
	floats("p95_ms", func(s *runs.Summary) float64 { return brief(s.P95) }),
	floats("p99_ms", func(s *runs.Summary) float64 { return brief(s.P99) }),
	floats("max_ms", func(s *runs.Summary) float64 { return brief(s.Maximum) }),
	texts("note", func(s *runs.Summary) string { return strings.Join(s.Notes(), "; ") }),
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
	return build("the summary", rows, summaryColumns)
}

// brief rounds v to what a reader needs, as every line and figure does.
func brief(v float64) float64 { return load.Rounded(v) }

// attempted is how operations with one number of attempts ended.
type attempted struct {
	stage                           string
	attempts                        int64
	operations, ok, failed, unknown int64
}

var attemptedColumns = []column[attempted]{
	texts("stage", func(a *attempted) string { return a.stage }),
	ints("attempts", func(a *attempted) int64 { return a.attempts }),
	ints("operations", func(a *attempted) int64 { return a.operations }),
	ints("ok", func(a *attempted) int64 { return a.ok }),
	ints("failed", func(a *attempted) int64 { return a.failed }),
	ints("unknown", func(a *attempted) int64 { return a.unknown }),
}

// AttemptsByOutcome counts, for each stage in the order given and each number of
// attempts that took place in it, ascending, the operations by what is known of
// them in the end.
func AttemptsByOutcome(stages []runs.Stage) (dataframe.DataFrame, error) {
	var rows []attempted
	for _, s := range stages {
		by := map[int64]*attempted{}
		for i := range s.Operations {
			o := &s.Operations[i]
			a := by[o.Attempts]
			if a == nil {
				a = &attempted{stage: s.Stage, attempts: o.Attempts}
				by[o.Attempts] = a
			}
			a.count(o.Outcome)
		}
		for _, n := range slices.Sorted(maps.Keys(by)) {
			rows = append(rows, *by[n])
		}
	}
	return build("attempts by outcome", rows, attemptedColumns)
}

func (a *attempted) count(o purchase.Outcome) {
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
type failure struct {
	stage, reason     string
	failures, unknown int64
	percent           float64
}

var failureColumns = []column[failure]{
	texts("stage", func(f *failure) string { return f.stage }),
	texts("reason", func(f *failure) string { return f.reason }),
	ints("failures", func(f *failure) int64 { return f.failures }),
	ints("unknown", func(f *failure) int64 { return f.unknown }),
	floats("of_requests_percent", func(f *failure) float64 { return brief(f.percent) }),
}

// FailuresByReason counts, for each stage in the order given, the operations
// without success by their reason, the most frequent first; unknown is how many
// of them may have taken effect all the same. It has no rows when nothing failed.
func FailuresByReason(stages []runs.Stage) (dataframe.DataFrame, error) {
	var rows []failure
	for _, s := range stages {
		rows = append(rows, failures(s)...)
	}
	return build("failures by reason", rows, failureColumns)
}

func failures(s runs.Stage) []failure {
	by := map[string]*failure{}
	for i := range s.Operations {
		o := &s.Operations[i]
		if o.Success {
			continue
		}
		f := by[o.Reason]
		if f == nil {
			f = &failure{stage: s.Stage, reason: o.Reason}
			by[o.Reason] = f
		}
		f.failures++
		if o.Outcome == purchase.Unknown {
			f.unknown++
		}
	}
	rows := make([]failure, 0, len(by))
	for _, f := range by {
		f.percent = 100 * float64(f.failures) / float64(len(s.Operations))
		rows = append(rows, *f)
	}
	slices.SortFunc(rows, func(a, b failure) int {
		return cmp.Or(cmp.Compare(b.failures, a.failures), cmp.Compare(a.reason, b.reason))
	})
	return rows
}
