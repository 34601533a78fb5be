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
	return Table{Title: "Stages", Columns: []string{"stage", serviceColumn, "load", "purchases", "confirmed", "failed", "unknown", "per s", "p50 ms", "p99 ms", "max ms", "beware"}}
}

func newSteps() Table {
	return Table{Title: "Steps", Columns: []string{"stage", serviceColumn, "step", "begun", "done", "refused", "unknown", "retries", "polls", "p50 ms", "p99 ms"}}
}

func newThresholds() Table {
	return Table{Title: "Thresholds", Columns: []string{"stage", serviceColumn, "threshold", "measured", "verdict", "note"}}
}

// addStage adds a stage and its thresholds. Thresholds of a probe do not count for the
// verdict: the search for a capacity probes until one fails.
func (b *builder) addStage(o runs.Overview) {
	s, probe := o.Summary, o.Info.Search != ""
	service := b.current.serviceOf(o)
	named := b.services.named([]string{o.Info.Stage}, service)
	b.purchases.add(s)
	beware, mark := s.Notes(), ""
	if len(beware) > 0 && len(s.Weak) == 0 || len(beware) > 1 { // too few samples alone are no defect of the stage
		mark = markWarn
	}
	for _, w := range o.Info.Warnings {
		b.note(named + ": " + w)
		mark = markWarn
	}
	for _, text := range []string{s.LeftBehind(), s.AcceptedOnly(), s.Accepted()} { // no defect of the stage
		if text != "" {
			beware = append(beware, text)
		}
	}
	if probe {
		beware = append([]string{"probe of " + o.Info.Search}, beware...)
	} else if o.Info.State != runs.Complete && !stoppedByThreshold(o.Info) {
		b.stopped = append(b.stopped, fmt.Sprintf("%s (%s)", named, strings.TrimSuffix(o.Info.State+": "+o.Info.Detail, ": ")))
	}
	for _, t := range o.Info.Thresholds {
		if !probe {
			b.addThreshold(o.Info.Stage, service, t)
			if t.Verdict == "fail" {
				mark = markBad
			}
		}
	}
	_, planned, _ := strings.Cut(o.Info.Load, ":")
	b.stages.add(mark, o.Info.Stage, service, planned, strconv.Itoa(s.Requests), strconv.Itoa(s.Success), strconv.Itoa(s.Failure-s.Unknown), strconv.Itoa(s.Unknown),
		load.FormatNumber(s.RequestsPerSecond), between(s.Polls, s.P50Low, s.P50), between(s.Polls, s.P99Low, s.P99), between(s.Polls, s.MaximumLow, s.Maximum), strings.Join(beware, "; "))
	b.addSteps(o, service)
}

// between returns a percentile, with what polls leave open of it.
func between(polls int, low, high float64) string {
	if polls == 0 {
		return load.FormatNumber(high)
	}
	return runs.FormatBetween(low, high)
}

// addSteps adds the steps of a stage's purchases.
func (b *builder) addSteps(o runs.Overview, service string) {
	for _, s := range o.Steps {
		b.steps.add("", o.Info.Stage, service, s.Step, strconv.Itoa(s.Begun), strconv.Itoa(s.Done), strconv.Itoa(s.Refused), strconv.Itoa(s.Unknown),
			strconv.Itoa(s.Retries), strconv.Itoa(s.Polls), between(s.Polls, s.P50Low, s.P50), between(s.Polls, s.P99Low, s.P99))
	}
}

// stoppedByThreshold reports whether a failed threshold ended the stage. The report
// has that failure, so that the stage need not be listed as not completed.
func stoppedByThreshold(i runs.Info) bool {
	return i.State == runs.Interrupted && slices.ContainsFunc(i.Thresholds, func(t runs.ThresholdResult) bool { return t.Verdict == "fail" })
}

// counts counts purchases by their outcome: failed are those that were refused and those whose
// every attempt was turned away.
type counts struct{ all, confirmed, failed, unknown int }

func (c *counts) add(s runs.Summary) {
	c.all, c.confirmed, c.failed, c.unknown = c.all+s.Requests, c.confirmed+s.Success, c.failed+s.Failure-s.Unknown, c.unknown+s.Unknown
}

// String returns "3000 purchases: 2348 confirmed, 482 failed, 170 unknown".
func (c counts) String() string {
	return fmt.Sprintf("%d purchases: %d confirmed, %d failed, %d unknown", c.all, c.confirmed, c.failed, c.unknown)
}

func (b *builder) addThreshold(stage, service string, t runs.ThresholdResult) {
	says := b.services.named([]string{stage}, service) + ": " + t.Threshold
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
	b.thresholds.add(mark, stage, service, t.Threshold, t.Value, t.Verdict, t.Note)
}
