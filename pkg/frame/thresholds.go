package frame

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

var thresholdColumns = []column[runs.Judged]{
	textColumn("threshold", func(j *runs.Judged) string { return j.Threshold }),
	textColumn("value", func(j *runs.Judged) string { return j.Value }),
	textColumn("verdict", func(j *runs.Judged) string { return j.Verdict }),
	textColumn("note", func(j *runs.Judged) string { return j.Note }),
}

// Thresholds has one row for each threshold of a stage, with its answer. The note says
// what to beware of in the stage, too, but for samples that are too few: a threshold
// says itself what it lacks.
func Thresholds(o runs.Overview) (dataframe.DataFrame, error) {
	rows := slices.Clone(o.Info.Thresholds)
	sum := o.Summary
	sum.Weak = nil
	for i := range rows {
		rows[i].Note = joinNotes(rows[i].Note, sum.Notes())
	}
	return newFrame("the thresholds", rows, thresholdColumns)
}

// noted is a note with those that follow it.
func joinNotes(note string, more []string) string {
	if note == "" {
		return strings.Join(more, "; ")
	}
	return strings.Join(append([]string{note}, more...), "; ")
}

// probe is a stage of a constant arrival rate.
type probeRow struct {
	runs.Summary
	rate          float64
	verdict, note string
}

var probeColumns = []column[probeRow]{
	floatColumn("offered_per_s", func(p *probeRow) float64 { return p.rate }),
	intColumn("requests", func(p *probeRow) int64 { return int64(p.Requests) }),
	intColumn("failure", func(p *probeRow) int64 { return int64(p.Failure) }),
	intColumn("dropped", func(p *probeRow) int64 { return int64(p.Dropped) }),
	floatColumn("p50_ms", func(p *probeRow) float64 { return rounded(p.P50) }),
	floatColumn("p99_ms", func(p *probeRow) float64 { return rounded(p.P99) }),
	textColumn("verdict", func(p *probeRow) string { return p.verdict }),
	textColumn("because", func(p *probeRow) string { return p.note }),
}

// Probes has one row for each stage of a search for the capacity, in the order
// given: what was offered, what came of it, which threshold did not hold, and what to
// beware of (Summary).
// Stages that do not begin with an arrival rate are refused.
func Probes(stages []runs.Stage) (dataframe.DataFrame, error) {
	rows := make([]probeRow, len(stages))
	for i, s := range stages {
		plan, err := load.ParseStage(s.Load)
		if err != nil || !plan.Open() {
			return dataframe.DataFrame{}, fmt.Errorf("stage %q is no probe: it has no arrival rate (%v)", s.Stage, err)
		}
		rows[i] = probeRow{Summary: runs.Summarize(s), rate: plan.Rate[0].From, verdict: "holds"}
		for _, j := range s.Thresholds {
			if j.Verdict == "fail" {
				rows[i].verdict, rows[i].note = "fails", fmt.Sprintf("%s: %s", j.Threshold, j.Value)
				break
			}
		}
		known := rows[i].Summary
		known.Dropped = 0 // a column of its own
		rows[i].note = joinNotes(rows[i].note, known.Notes())
	}
	return newFrame("the probes", rows, probeColumns)
}
