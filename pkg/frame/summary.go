package frame

import (
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// summaryColumns are the columns of Summary, in their order.
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

// Summary returns the table of percentiles: one row for each stage, in the order given.
// Values of 10 and more are rounded to one decimal, smaller ones to three digits
// (load.RoundForDisplay); runs.Summarize has them exactly. per_s is over the whole time until the
// last answer, but over no more than the schedule's length in an open stage whose service
// kept up (load.Stage.RateTime). The note says why the row may mislead: a stage that was
// not completed, dropped arrivals, a client that was the bottleneck or did not keep the
// schedule, planned faults that took no request, percentiles of too few samples.
func Summary(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	rows := make([]runs.Summary, len(stages))
	for i, s := range stages {
		rows[i] = runs.Summarize(s)
	}
	return newFrame("the summary", rows, summaryColumns)
}

// rounded rounds v as every line and figure does.
func rounded(v float64) float64 { return load.RoundForDisplay(v) }
