package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// runNaming explains for --help how runs are named on the command line.
const runNaming = `A run is named by its id, by the beginning of its id when no other begins so, or as
last, last~1, last~2 … from the newest on.`

func runsCommand(out io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "runs",
		Short: "List stored runs, show one, compare two",
		Long:  "List stored runs, show one, compare two.\n\n" + runNaming,
	}
	c.AddCommand(runsListCommand(out), runsShowCommand(out), runsCompareCommand(out))
	return c
}

func runsListCommand(out io.Writer) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "ls",
		Short: "A line for each stored run, the newest last",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			store, err := runsStore()
			if err != nil {
				return err
			}
			return listRuns(out, store, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return c
}

// runOutline is a run without its rows, as `runs ls` prints it.
type runOutline struct {
	runs.Run
	Dir        string       `json:"dir"`
	Executions []runs.Entry `json:"executions"`
}

func listRuns(out io.Writer, store runs.Store, asJSON bool) error {
	list, err := store.List()
	if err != nil {
		return err
	}
	outlines := []runOutline{}
	for _, r := range list {
		entries, err := r.Entries()
		if err != nil {
			return err
		}
		outlines = append(outlines, runOutline{r, r.Dir(), entries})
	}
	if asJSON {
		return printJSON(out, outlines)
	}
	if len(list) == 0 {
		fmt.Fprintf(out, "no runs in %s yet\n", store.Dir)
	}
	for _, o := range outlines {
		fmt.Fprintf(out, "%-17s  %-20s  %-24s  %s\n", o.ID, o.Name, o.API, o.stages())
	}
	return nil
}

// stages returns the newest execution of each stage, as "light 50, heavy 1000 (interrupted)".
func (o runOutline) stages() string {
	var names []string
	newest := map[string]runs.Entry{}
	for _, e := range o.Executions {
		if e.Kind != runs.Load {
			continue
		}
		if !slices.Contains(names, e.Stage) {
			names = append(names, e.Stage)
		}
		newest[e.Stage] = e
	}
	if len(names) == 0 {
		return "no stages"
	}
	for i, name := range names {
		e := newest[name]
		names[i] = fmt.Sprintf("%s %d", name, e.Requests)
		if e.State != runs.Complete {
			names[i] += " (" + e.State + ")"
		}
	}
	return strings.Join(names, ", ")
}

func runsShowCommand(out io.Writer) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "What a run holds",
		Long:  "What a run holds, the newest execution of each stage and case.\n\n" + runNaming,
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := runsStore()
			if err != nil {
				return err
			}
			run, err := store.Find(args[0])
			if err != nil {
				return err
			}
			return showRun(out, run, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print what the run holds as JSON")
	return c
}

// shownStage is a stage as `runs show` prints it.
type shownStage struct {
	runs.Entry
	Summary  jsonSummary   `json:"summary"`
	Warnings []string      `json:"warnings,omitempty"`
	Failures []jsonFailure `json:"failures,omitempty"`

	rows runs.Stage
	sum  runs.Summary
}

func showRun(out io.Writer, run runs.Run, asJSON bool) error {
	cases, err := run.Cases()
	if err != nil {
		return err
	}
	stages, err := run.Stages()
	if err != nil {
		return err
	}
	entries, err := run.Entries()
	if err != nil {
		return err
	}
	var list []shownStage
	for _, s := range append(cases, stages...) {
		list = append(list, showStage(s, entries))
	}
	service, err := run.Service()
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(out, struct {
			runs.Run
			Service *purchase.Version `json:"service,omitempty"`
			Dir     string            `json:"dir"`
			Stages  []shownStage      `json:"stages"`
		}{run, nilIfZero(service), run.Dir(), list})
	}
	fmt.Fprintf(out, "run      %s  %s\nAPI      %s\nservice  %s\nbegun    %s\nmachine  %s\nprogram  %s\nfiles    %s\n", run.ID, run.Name, run.API,
		orElse(service.String(), "does not say its version, or was not asked"), run.Created.Format(runs.TimeLayout), run.Provenance.Machine(), run.Provenance.Program(), relativePath(run.Dir()))
	for _, s := range list {
		s.print(out)
	}
	return nil
}

// nilIfZero returns nil for the zero value, which JSON then omits, else a pointer to v.
func nilIfZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func showStage(s runs.Stage, entries []runs.Entry) shownStage {
	shown := shownStage{Entry: runs.Entry{Info: s.Info}, rows: s}
	for _, e := range entries {
		if e.Stage == s.Stage && e.Kind == s.Kind {
			shown.Dir = e.Dir // the last one is the newest
		}
	}
	sum := runs.Summarize(s)
	shown.Summary, shown.sum = summaryJSON(sum), sum
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

func (s shownStage) print(out io.Writer) {
	if s.Kind == runs.Case {
		fmt.Fprintf(out, "\ncase     %s: %d requests\n", s.Stage, len(s.rows.Operations))
	} else {
		fmt.Fprintf(out, "\nstage    %s, %s\n", plannedLoad(s.Info), s.State)
	}
	fmt.Fprintf(out, "bought   %s; fixture %s\n", s.Bought(), orElse(s.Fixture, "not recorded"))
	fmt.Fprintf(out, "policy   %s; seed %d\n", s.Policy, s.Seed)
	fmt.Fprintf(out, "faults   %s\n", s.FaultsText())
	s.printFaultWindows(out)
	fmt.Fprintf(out, "result   %d success, %d failure (%d unknown), %d retries, %s/s\n", s.sum.Success, s.sum.Failure, s.sum.Unknown, s.sum.Retries, load.Digits(s.sum.RequestsPerSecond))
	fmt.Fprintf(out, "latency  %s\n", s.sum.Latencies())
	for _, h := range s.Shares {
		fmt.Fprintf(out, "worker   %s on %s: planned %d, started %d, dropped %d, recorded %d, lost %d; clock %+.3f ± %.3f ms  %s\n",
			h.Worker, h.Host, h.Planned, h.Started, h.Dropped, h.Recorded, h.Lost, h.ClockOffset.Seconds()*1000, h.ClockError.Seconds()*1000, h.Detail)
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(out, "beware   %s\n", w)
	}
	for _, t := range s.Thresholds {
		fmt.Fprintf(out, "%-8s %s: %s  %s\n", t.Verdict, t.Threshold, t.Value, t.Note)
	}
	for _, f := range s.Failures {
		fmt.Fprintf(out, "failed   %s\n", runs.Reason(f))
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
		fmt.Fprintf(out, "window   %s: met %d requests, done to %d\n", w, w.Met, w.Taken)
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
}

func summaryJSON(s runs.Summary) jsonSummary {
	return jsonSummary{
		Requests: s.Requests, Success: s.Success, Failure: s.Failure, Unknown: s.Unknown, Attempts: s.Attempts, Retries: s.Retries,
		Seconds: number(s.Seconds), RequestsPerSecond: number(s.RequestsPerSecond), Amplification: number(s.Amplification),
		P50: number(s.P50), P90: number(s.P90), P95: number(s.P95), P99: number(s.P99), Maximum: number(s.Maximum),
	}
}

// number is a float whose NaN and infinities are null in JSON.
type number float64

// digits returns the number as load.Digits prints it.
func (n number) digits() string { return load.Digits(float64(n)) }

// MarshalJSON writes the number with all its digits.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func printJSON(out io.Writer, value any) error {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n", b)
	return nil
}

// plannedLoad returns what a stage was to send.
func plannedLoad(i runs.Info) string {
	if i.Load != "" {
		return i.Load
	}
	return fmt.Sprintf("%s: %d requests by %d workers", i.Stage, i.Requests, i.Workers)
}
