package frame

import (
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// EndToEnd is the step of the rows of BySteps that are of whole purchases.
const EndToEnd = "end to end"

// stepRow is a step of a stage, or all of them together.
type stepRow struct {
	stage string
	runs.StepSummary
}

var stepColumns = []column[stepRow]{
	textColumn("stage", func(s *stepRow) string { return s.stage }),
	textColumn("step", func(s *stepRow) string { return s.Step }),
	intColumn("begun", func(s *stepRow) int64 { return int64(s.Begun) }),
	intColumn("done", func(s *stepRow) int64 { return int64(s.Done) }),
	intColumn("refused", func(s *stepRow) int64 { return int64(s.Refused) }),
	intColumn("unknown", func(s *stepRow) int64 { return int64(s.Unknown) }),
	intColumn("attempts", func(s *stepRow) int64 { return int64(s.Attempts) }),
	intColumn("retries", func(s *stepRow) int64 { return int64(s.Retries) }),
	intColumn("polls", func(s *stepRow) int64 { return int64(s.Polls) }),
	floatColumn("p50_ms", func(s *stepRow) float64 { return roundedBetween(s.P50Low, s.P50, s.Polls) }),
	floatColumn("p90_ms", func(s *stepRow) float64 { return roundedBetween(s.P90Low, s.P90, s.Polls) }),
	floatColumn("p99_ms", func(s *stepRow) float64 { return roundedBetween(s.P99Low, s.P99, s.Polls) }),
	textColumn("note", (*stepRow).note),
}

// note says how much is not known of the percentiles, and which of them rest on too few samples.
func (s *stepRow) note() string {
	uncertain := uncertainText(&runs.Summary{Polls: s.Polls, P50: s.P50, P50Low: s.P50Low, P99: s.P99, P99Low: s.P99Low})
	var weak []string
	for _, q := range []float64{.9, .99} {
		if s.Begun > 0 && s.Begun < load.SamplesFor(q) {
			weak = append(weak, percentileName(q))
		}
	}
	if len(weak) == 0 {
		return uncertain
	}
	return joinNotes(uncertain, []string{"few samples: " + strings.Join(weak, " ")})
}

// BySteps returns a row for each stage, in the order given, and each step of its purchases, in
// theirs, and one for the whole purchases (EndToEnd), the only one where a purchase takes one request. begun counts
// the purchases that made an attempt at the step: done, refused, which has those whose attempts were all turned away,
// and unknown. attempts and retries are without the polls. p50_ms, p90_ms and p99_ms are of the time from the start of
// the first attempt at the step to the end of the last attempt or poll, and end to end those
// of Summary; where polls settled it, they are as in Summary.
//
//	nb.Table(frame.BySteps(lab.Stages()))
//
// It takes the memory of the latencies of one stage.
func BySteps(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	var rows []stepRow
	for _, s := range stages {
		for _, step := range runs.SummarizeSteps(s) {
			rows = append(rows, stepRow{s.Stage, step})
		}
		rows = append(rows, stepRow{s.Stage, endToEnd(runs.Summarize(s))})
	}
	return newFrame("the steps", rows, stepColumns)
}

// endToEnd returns the figures of whole purchases as those of a step.
func endToEnd(s runs.Summary) runs.StepSummary {
	return runs.StepSummary{
		Step: EndToEnd, Begun: s.Requests, Done: s.Success, Refused: s.Failure - s.Unknown, Unknown: s.Unknown, Attempts: s.Attempts, Retries: s.Retries, Polls: s.Polls,
		P50: s.P50, P90: s.P90, P99: s.P99, P50Low: s.P50Low, P90Low: s.P90Low, P99Low: s.P99Low,
	}
}
