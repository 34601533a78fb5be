package main

import (
	"fmt"
	"io"
	"strings"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// shownStages returns the stages of a run as `runs show` prints them.
func shownStages(run runs.Run) ([]shownStage, error) {
	overviews, err := run.Overviews()
	if err != nil {
		return nil, err
	}
	entries, err := run.Entries()
	if err != nil {
		return nil, err
	}
	list := []shownStage{}
	for _, o := range overviews {
		s := showOverview(o, entries)
		if s.RetryReasons, err = retryReasons(run, o.Summary); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// showOverview returns a stage, without its rows, as `runs show` prints it.
func showOverview(o runs.Overview, entries []runs.Entry) shownStage {
	s := shownStage{Entry: runs.Entry{Info: o.Info}, Summary: summaryJSON(o.Summary), Warnings: o.Warnings(), StepSummaries: stepsJSON(o.Steps), sum: o.Summary, steps: o.StepLines()}
	for _, e := range entries {
		if e.Stage == o.Info.Stage && e.Kind == o.Info.Kind {
			s.Dir = e.Dir // the last one is the newest
		}
	}
	for _, r := range o.Reasons {
		s.Failures = append(s.Failures, jsonFailure(r))
	}
	return s
}

// shownStage is a stage as `runs show` prints it.
type shownStage struct {
	runs.Entry
	Summary  jsonSummary   `json:"summary"`
	Warnings []string      `json:"warnings,omitempty"`
	Failures []jsonFailure `json:"failures,omitempty"`
	// RetryReasons are of the attempts that were followed by another one, the most frequent first.
	RetryReasons []runs.RetryReason `json:"retry_reasons,omitempty"`
	// StepSummaries has a member for each step of Info.Steps.
	StepSummaries []jsonStep `json:"step_summaries,omitempty"`

	rows  runs.Stage
	sum   runs.Summary
	steps []string // runs.Overview.StepLines
}

// showStage returns a stage of a run, with its summary, as `runs show` prints it.
func showStage(s runs.Stage, entries []runs.Entry) shownStage {
	shown := shownStage{Entry: runs.Entry{Info: s.Info}, rows: s}
	for _, e := range entries {
		if e.Stage == s.Stage && e.Kind == s.Kind {
			shown.Dir = e.Dir // the last one is the newest
		}
	}
	sum := runs.Summarize(s)
	steps := runs.SummarizeSteps(s)
	shown.Summary, shown.sum, shown.StepSummaries = summaryJSON(sum), sum, stepsJSON(steps)
	shown.steps = runs.Overview{Summary: sum, Steps: steps}.StepLines()
	if sum.Retries > 0 {
		shown.RetryReasons = runs.RetryReasons(s)
	}
	if s.State != runs.Complete {
		shown.Warnings = append(shown.Warnings, strings.TrimSuffix(s.State+": "+s.Detail, ": "))
	}
	shown.Warnings = append(shown.Warnings, s.Info.Warnings...)
	if w := sum.Warning(); w != "" && s.Kind == runs.Load {
		shown.Warnings = append(shown.Warnings, w)
	}
	for _, r := range runs.Reasons(s) {
		shown.Failures = append(shown.Failures, jsonFailure(r))
	}
	return shown
}

// print prints the stage in lines, each with its heading.
func (s shownStage) print(out io.Writer) {
	if s.Kind == runs.Case {
		fmt.Fprintf(out, "\ncase     %s: %d requests\n", s.Stage, s.rows.OperationCount())
	} else {
		fmt.Fprintf(out, "\nstage    %s, %s\n", plannedLoad(s.Info), s.State)
	}
	fmt.Fprintf(out, "bought   %s; fixture %s\n", s.Bought(), orElse(s.Fixture, "not recorded"))
	fmt.Fprintf(out, "policy   %s; seed %d\n", s.Policy, s.Seed)
	fmt.Fprintf(out, "faults   %s\n", s.FaultsText())
	s.printFaultWindows(out)
	fmt.Fprintf(out, "result   %d success, %d failure (%d unknown), %d retries, %s/s\n", s.sum.Success, s.sum.Failure, s.sum.Unknown, s.sum.Retries, load.FormatNumber(s.sum.RequestsPerSecond))
	if line := runs.RetryLine(s.RetryReasons); line != "" {
		fmt.Fprintf(out, "retried  %s\n", line)
	}
	fmt.Fprintf(out, "latency  %s\n", s.sum.Latencies())
	if accepted := s.sum.Accepted(); accepted != "" {
		fmt.Fprintf(out, "polled   %s\n", accepted)
	}
	for _, line := range s.steps {
		fmt.Fprintf(out, "steps    %s\n", line)
	}
	for _, h := range s.WorkerResults {
		line := fmt.Sprintf("worker   %s on %s: planned %d, started %d, dropped %d, recorded %d, lost %d; clock %+.3f ± %.3f ms  %s",
			h.Worker, h.Host, h.Planned, h.Started, h.Dropped, h.Recorded, h.Lost, h.ClockOffset.Seconds()*1000, h.ClockError.Seconds()*1000, h.Detail)
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(out, "beware   %s\n", w)
	}
	for _, t := range s.Thresholds {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%-8s %s: %s  %s", t.Verdict, t.Threshold, t.Value, t.Note), " "))
	}
	for _, f := range s.Failures {
		fmt.Fprintf(out, "failed   %s\n", printable.Line(runs.Reason(f).String()))
	}
	fmt.Fprintf(out, "files    %s\n", relativePath(s.Dir))
}

// printFaultWindows prints what the first ten windows of the plan of faults did.
func (s shownStage) printFaultWindows(out io.Writer) {
	const most = 10
	if !s.FaultsKnown() {
		fmt.Fprintln(out, "window   it is not known what the faults did: this was not counted, or the process died")
	}
	for i, w := range s.FaultWindows {
		if i == most {
			fmt.Fprintf(out, "window   %d more\n", len(s.FaultWindows)-most)
			return
		}
		fmt.Fprintf(out, "window   %s: %d requests while it was open, %d affected\n", w, w.Met, w.Taken)
	}
}

// jsonFailure is a runs.Reason with the member names of `--json`.
type jsonFailure struct {
	Name    string `json:"reason"`
	Count   int    `json:"count"`
	Example string `json:"example"`
}

// jsonSummary is a runs.Summary with the member names of `--json`.
type jsonSummary struct {
	Requests          int    `json:"requests"`
	Success           int    `json:"success"`
	Failure           int    `json:"failure"`
	Unknown           int    `json:"unknown"`
	Attempts          int    `json:"attempts"`
	Retries           int    `json:"retries"`
	Lost              int    `json:"lost"`
	Seconds           number `json:"seconds"`
	RequestsPerSecond number `json:"requests_per_second"`
	Amplification     number `json:"amplification"`
	P50               number `json:"p50_ms"`
	P90               number `json:"p90_ms"`
	P95               number `json:"p95_ms"`
	P99               number `json:"p99_ms"`
	Maximum           number `json:"max_ms"`
	// Of stages whose purchases were polled; the bounds are those of runs.Summary.
	Polls       int    `json:"polls,omitempty"`
	Open        int    `json:"open,omitempty"`
	AcceptedP50 number `json:"accepted_p50_ms,omitempty"`
	AcceptedP99 number `json:"accepted_p99_ms,omitempty"`
	P50Low      number `json:"p50_low_ms,omitempty"`
	P90Low      number `json:"p90_low_ms,omitempty"`
	P95Low      number `json:"p95_low_ms,omitempty"`
	P99Low      number `json:"p99_low_ms,omitempty"`
	MaximumLow  number `json:"max_low_ms,omitempty"`
	// Of stages whose purchases take steps.
	Left     []runs.Left `json:"left,omitempty"`
	NotEnded int         `json:"accepted_not_ended,omitempty"`
}

// summaryJSON converts a summary for `--json`.
func summaryJSON(s runs.Summary) jsonSummary {
	return jsonSummary{
		Requests: s.Requests, Success: s.Success, Failure: s.Failure, Unknown: s.Unknown, Attempts: s.Attempts, Retries: s.Retries,
		Seconds: number(s.Seconds), RequestsPerSecond: number(s.RequestsPerSecond), Amplification: number(s.Amplification),
		P50: number(s.P50), P90: number(s.P90), P95: number(s.P95), P99: number(s.P99), Maximum: number(s.Maximum),
		Polls: s.Polls, Open: s.Open, AcceptedP50: number(s.AcceptedP50), AcceptedP99: number(s.AcceptedP99),
		P50Low: number(s.P50Low), P90Low: number(s.P90Low), P95Low: number(s.P95Low), P99Low: number(s.P99Low), MaximumLow: number(s.MaximumLow),
		Left: s.Left, NotEnded: s.NotEnded,
	}
}

// between returns a percentile for a person, with what polls leave open of it.
func (s jsonSummary) between(low, high number) string {
	if s.Polls == 0 {
		return high.digits()
	}
	return runs.FormatBetween(float64(low), float64(high))
}

// jsonStep is a runs.StepSummary with the member names of `--json`.
type jsonStep struct {
	Step     string `json:"step"`
	Begun    int    `json:"begun"`
	Done     int    `json:"done"`
	Refused  int    `json:"refused"`
	Unknown  int    `json:"unknown"`
	Attempts int    `json:"attempts"`
	Retries  int    `json:"retries"`
	Polls    int    `json:"polls"`
	P50      number `json:"p50_ms"`
	P90      number `json:"p90_ms"`
	P99      number `json:"p99_ms"`
	P50Low   number `json:"p50_low_ms"`
	P90Low   number `json:"p90_low_ms"`
	P99Low   number `json:"p99_low_ms"`
}

// stepsJSON converts the figures of steps for `--json`.
func stepsJSON(steps []runs.StepSummary) (list []jsonStep) {
	for _, s := range steps {
		list = append(list, jsonStep{
			Step: s.Step, Begun: s.Begun, Done: s.Done, Refused: s.Refused, Unknown: s.Unknown, Attempts: s.Attempts, Retries: s.Retries, Polls: s.Polls,
			P50: number(s.P50), P90: number(s.P90), P99: number(s.P99), P50Low: number(s.P50Low), P90Low: number(s.P90Low), P99Low: number(s.P99Low),
		})
	}
	return list
}

// plannedLoad returns what a stage was to send.
func plannedLoad(i runs.Info) string {
	if i.Load != "" {
		return i.Load
	}
	return fmt.Sprintf("%s: %d requests by %d VUs", i.Stage, i.Requests, i.VUs)
}
