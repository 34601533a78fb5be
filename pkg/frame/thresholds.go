package frame

import (
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// thresholdColumns are the columns of Thresholds, in their order.
var thresholdColumns = []column[runs.ThresholdResult]{
	textColumn("threshold", func(j *runs.ThresholdResult) string { return j.Threshold }),
	textColumn("value", func(j *runs.ThresholdResult) string { return j.Value }),
	textColumn("verdict", func(j *runs.ThresholdResult) string { return j.Verdict }),
	textColumn("note", func(j *runs.ThresholdResult) string { return j.Note }),
}

// Thresholds returns a frame with one row for each threshold of a stage, with its value
// and verdict. The note has those of the threshold and of the stage, except for the stage's
// on too few samples, which a threshold's own note covers.
func Thresholds(o runs.Overview) (dataframe.DataFrame, error) {
	rows := slices.Clone(o.Info.Thresholds)
	sum := o.Summary
	sum.Weak = nil
	for i := range rows {
		rows[i].Note = joinNotes(rows[i].Note, sum.Notes())
	}
	return newFrame("the thresholds", rows, thresholdColumns)
}

// joinNotes joins a note, which may be "", with those that follow it.
func joinNotes(note string, more []string) string {
	if note == "" {
		return strings.Join(more, "; ")
	}
	return strings.Join(append([]string{note}, more...), "; ")
}
