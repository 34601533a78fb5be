package frame

import (
	"fmt"
	"math"
	"slices"

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
	floatColumn("p50_ms", func(s *runs.Summary) float64 { return roundedBetween(s.P50Low, s.P50, s.Polls) }),
	floatColumn("p90_ms", func(s *runs.Summary) float64 { return roundedBetween(s.P90Low, s.P90, s.Polls) }),
	floatColumn("p95_ms", func(s *runs.Summary) float64 { return roundedBetween(s.P95Low, s.P95, s.Polls) }),
	floatColumn("p99_ms", func(s *runs.Summary) float64 { return roundedBetween(s.P99Low, s.P99, s.Polls) }),
	floatColumn("max_ms", func(s *runs.Summary) float64 { return roundedBetween(s.MaximumLow, s.Maximum, s.Polls) }),
	textColumn("note", func(s *runs.Summary) string { return joinNotes(uncertainText(s), s.Notes()) }),
}

// acceptedColumns come before the note where there are polls.
var acceptedColumns = []column[runs.Summary]{
	floatColumn("accepted_p50_ms", func(s *runs.Summary) float64 { return acceptedOrNaN(s.AcceptedP50, s.Polls) }),
	floatColumn("accepted_p99_ms", func(s *runs.Summary) float64 { return acceptedOrNaN(s.AcceptedP99, s.Polls) }),
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
	columns := summaryColumns
	if slices.ContainsFunc(rows, func(s runs.Summary) bool { return s.Polls > 0 }) {
		columns = slices.Insert(slices.Clone(columns), len(columns)-1, acceptedColumns...)
	}
	return newFrame("the summary", rows, columns)
}

// uncertainText says how much is not known of the percentiles of polled purchases, "" without polls.
func uncertainText(s *runs.Summary) string {
	switch {
	case s.Polls == 0:
		return ""
	case s.P50Low == s.P50 && s.P99Low == s.P99:
		return pollsText(s.Polls)
	}
	text := fmt.Sprintf("p50 %s  p99 %s ms, %s", runs.FormatBetween(s.P50Low, s.P50), runs.FormatBetween(s.P99Low, s.P99), pollsText(s.Polls))
	if s.Open > 0 {
		text += fmt.Sprintf(", %d open above", s.Open)
	}
	return text
}

// pollsText counts polls.
func pollsText(n int) string {
	if n == 1 {
		return "1 poll"
	}
	return fmt.Sprintf("%d polls", n)
}

// acceptedOrNaN is a percentile of the time to the first answer.
func acceptedOrNaN(v float64, polls int) float64 {
	if polls == 0 {
		return math.NaN()
	}
	return rounded(v)
}

// roundedBetween rounds a percentile that lies between low and high, or is high without polls.
func roundedBetween(low, high float64, polls int) float64 {
	if polls == 0 {
		return rounded(high)
	}
	return runs.RoundBetween(low, high)
}

// rounded rounds v as every line and figure does.
func rounded(v float64) float64 { return load.RoundForDisplay(v) }
