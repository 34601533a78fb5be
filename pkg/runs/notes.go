package runs

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/load"
)

// maxReasons is how many reasons Failures lists one by one.
const maxReasons = 5

// Notes returns a few words for each reason to doubt the figures, for a cell of a
// table: a stage that was not completed, arrivals that were dropped, a client that
// was the bottleneck, planned faults that affected no request, percentiles that rest
// on too few samples.
func (s Summary) Notes() (notes []string) {
	if s.State != "" && s.State != Complete {
		notes = append(notes, s.progress())
	}
	if s.Dropped > 0 {
		notes = append(notes, fmt.Sprintf("%d dropped", s.Dropped))
	}
	if s.Lost > 0 {
		notes = append(notes, fmt.Sprintf("%d lost", s.Lost))
	}
	if s.Unfinished > 0 {
		notes = append(notes, fmt.Sprintf("%d unfinished", s.Unfinished))
	}
	notes = append(append(notes, s.Doubts...), s.Untested...)
	if len(s.Weak) > 0 {
		notes = append(notes, "few samples: "+strings.Join(s.Weak, " "))
	}
	return notes
}

// Notes returns those of the stage's Summary. Without percentiles, those on too few
// samples are left out, for figures and tables that show no percentile.
func (s Stage) Notes(percentiles bool) []string {
	sum := summarizeInfo(s.Info, s.OperationCount())
	if !percentiles {
		sum.Weak = nil
	}
	return sum.Notes()
}

// summarizeInfo returns the fields of a Summary that come from the stage's
// description and its number of operations.
func summarizeInfo(i Info, n int) Summary {
	return Summary{Stage: i.Stage, State: i.State, Planned: i.Requests, Requests: n, Dropped: i.Dropped(), Lost: i.Lost(), Unfinished: i.Unfinished,
		Doubts: i.Doubts(), Weak: weakPercentiles(n), Untested: FaultNotes(i.FaultWindows)}
}

// Doubts returns a few words on each cause that makes the stage's figures doubtful,
// of its report or, where several workers of a fleet sent the load, of their reports with
// how many of them have it.
func (i Info) Doubts() (notes []string) {
	if i.Damage != nil {
		notes = append(notes, i.Damage.note())
	}
	if len(i.WorkerResults) == 0 {
		if i.Report != nil {
			notes = append(notes, i.Report.Notes()...)
		}
		return append(notes, i.Limits...)
	}
	counts := map[string]int{}
	for _, s := range i.WorkerResults {
		for _, note := range s.notes() {
			if counts[note]++; counts[note] == 1 {
				notes = append(notes, note)
			}
		}
	}
	for k, note := range notes {
		if n := len(i.WorkerResults); n > 1 && counts[note] > 0 {
			notes[k] = fmt.Sprintf("%s (%d of %d workers)", note, counts[note], n)
		}
	}
	return append(notes, i.Limits...)
}

// Failures returns a line for each of the stage's five most frequent reasons of
// failure, with an example, and one for all others together.
func (o Overview) Failures() (lines []string) {
	shown := o.Reasons[:min(maxReasons, len(o.Reasons))]
	for _, r := range shown {
		lines = append(lines, r.String())
	}
	others := 0
	for _, r := range o.Reasons[len(shown):] {
		others += r.Count
	}
	if others > 0 {
		lines = append(lines, fmt.Sprintf("%d × %d other reasons", others, len(o.Reasons)-len(shown)))
	}
	return lines
}

// StepLines returns a line for each step, one on what steps left behind, and one on what was
// accepted and not seen to end, without any where a purchase takes one request.
func (o Overview) StepLines() (lines []string) {
	for _, s := range o.Steps {
		lines = append(lines, s.String())
	}
	for _, text := range []string{o.Summary.LeftBehind(), o.Summary.AcceptedOnly()} {
		if text != "" {
			lines = append(lines, text)
		}
	}
	return lines
}

// Warnings returns sentences on which figures of the stage not to rely on.
func (o Overview) Warnings() []string {
	list := slices.Clone(o.Info.Warnings)
	if w := o.Summary.Warning(); w != "" {
		list = append(list, w)
	}
	return list
}

// Latencies returns "p50 8.25  p90 40.0  p95 41.2  p99 61.5  max 80.1 ms", with polls
// "p50 250–350  …": each as FormatBetween has it.
func (s Summary) Latencies() string {
	return fmt.Sprintf("p50 %s  p90 %s  p95 %s  p99 %s  max %s ms", s.between(s.P50Low, s.P50), s.between(s.P90Low, s.P90),
		s.between(s.P95Low, s.P95), s.between(s.P99Low, s.P99), s.between(s.MaximumLow, s.Maximum))
}

// Accepted returns "accepted p50 8.25  p99 40.0 ms, 345 polls", "" without polls. Where the end of
// some was not seen ", 3 not ended when given up (latencies open above)" follows.
func (s Summary) Accepted() string {
	if s.Polls == 0 {
		return ""
	}
	line := fmt.Sprintf("accepted p50 %s  p99 %s ms, %d polls", load.FormatNumber(s.AcceptedP50), load.FormatNumber(s.AcceptedP99), s.Polls)
	if s.Open > 0 {
		line += fmt.Sprintf(", %d not ended when given up (latencies open above)", s.Open)
	}
	return line
}

// AcceptedOnly returns "16 accepted and not ended", "" without any.
func (s Summary) AcceptedOnly() string {
	if s.NotEnded == 0 {
		return ""
	}
	return fmt.Sprintf("%d accepted and not ended", s.NotEnded)
}

// LeftBehind returns "3 ended after step cart, 1 after address", "" without any.
func (s Summary) LeftBehind() string {
	var parts []string
	for _, l := range s.Left {
		parts = append(parts, fmt.Sprintf("%d after %s", l.Operations, printable.Line(l.Step)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Replace(strings.Join(parts, ", "), " after ", " ended after step ", 1)
}
