package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

func newStages() Table {
	return Table{Title: "Stages", Columns: []string{"stage", "load", "requests", "failed", "per s", "p50 ms", "p99 ms", "max ms", "beware"}}
}

func newThresholds() Table {
	return Table{Title: "Thresholds", Columns: []string{"stage", "threshold", "measured", "verdict", "note"}}
}

// addStage adds a stage and its thresholds. What the probes of a search for a
// capacity answer to its thresholds is what the search looks for, and no verdict.
func (b *builder) addStage(o runs.Overview) {
	s, probe := o.Summary, o.Info.Search != ""
	b.requests, b.failures = b.requests+s.Requests, b.failures+s.Failure
	beware, mark := s.Notes(), ""
	if len(beware) > 0 && len(s.Weak) == 0 || len(beware) > 1 { // too few samples alone are no defect of the stage
		mark = markWarn
	}
	for _, w := range o.Info.Warnings {
		b.note(o.Info.Stage + ": " + w)
		mark = markWarn
	}
	if probe {
		beware = append([]string{"probe of " + o.Info.Search}, beware...)
	} else if o.Info.State != runs.Complete && !stoppedByThreshold(o.Info) {
		b.stopped = append(b.stopped, fmt.Sprintf("%s (%s)", o.Info.Stage, strings.TrimSuffix(o.Info.State+": "+o.Info.Detail, ": ")))
	}
	for _, t := range o.Info.Thresholds {
		if !probe {
			b.addThreshold(o.Info.Stage, t)
			if t.Verdict == "fail" {
				mark = markBad
			}
		}
	}
	_, planned, _ := strings.Cut(o.Info.Load, ":")
	b.stages.Rows = append(b.stages.Rows, []string{o.Info.Stage, planned, strconv.Itoa(s.Requests), failures(s),
		load.Digits(s.RequestsPerSecond), load.Digits(s.P50), load.Digits(s.P99), load.Digits(s.Maximum), strings.Join(beware, "; ")})
	b.stages.Marks = append(b.stages.Marks, mark)
}

// stoppedByThreshold reports whether a threshold ended the stage: its failure says
// so, and it is no sign that the stage did not run as planned.
func stoppedByThreshold(i runs.Info) bool {
	return i.State == runs.Interrupted && slices.ContainsFunc(i.Thresholds, func(t runs.Judged) bool { return t.Verdict == "fail" })
}

// failures is "3 (0.3 %)", which no line may break, or "0".
func failures(s runs.Summary) string {
	if s.Failure == 0 {
		return "0"
	}
	return fmt.Sprintf("%d\u00a0(%s\u00a0%%)", s.Failure, strconv.FormatFloat(100*float64(s.Failure)/float64(s.Requests), 'f', 1, 64))
}

func (b *builder) addThreshold(stage string, t runs.Judged) {
	says := stage + ": " + t.Threshold
	mark := ""
	switch t.Verdict {
	case "pass":
		b.judged = append(b.judged, says)
	case "fail":
		mark = markBad
		b.failed = append(b.failed, fmt.Sprintf("%s fails with %s", says, t.Value))
	default:
		mark = markWarn
		b.unclear = append(b.unclear, says)
	}
	b.thresholds.Rows = append(b.thresholds.Rows, []string{stage, t.Threshold, t.Value, t.Verdict, t.Note})
	b.thresholds.Marks = append(b.thresholds.Marks, mark)
}
