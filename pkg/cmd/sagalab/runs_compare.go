package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/runs"
)

// The exit codes of runs compare, those of audit.
const (
	exitViolated = 1
	exitUnclear  = 2
)

// compareFlags is what runs compare can be told.
type compareFlags struct {
	stages         []string
	stageA, stageB string
	gates          []string
	unclear        string
	confidence     float64
	json           bool
}

func runsCompareCommand(out io.Writer) *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare run B with run A; with gates: exit 0 all hold, 1 one is violated, 2 could not judge",
		Long: `Compare the stages of run B with those of the same name in run A: each metric with
its interval, the change with its interval, and what can be concluded from it.

A gate bounds a change, such as "p99 < +10%", "error_ratio < +0.5pp" or, for one
stage, "heavy: throughput > -5%". It holds when the change's whole interval is on
the good side of the bound, is violated when the whole interval is beyond, and is
unclear otherwise. One run is compared with itself by --stage-a and --stage-b.

` + naming,
		Args: func(c *cobra.Command, args []string) error { return unclear(cobra.MaximumNArgs(2)(c, args)) },
		RunE: func(_ *cobra.Command, args []string) error {
			return unclear(compare(out, f, args))
		},
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return unclear(err) })
	flags := c.Flags()
	flags.StringArrayVar(&f.stages, "stage", nil, "a stage to compare; may be given again (default: all that both runs have)")
	flags.StringVar(&f.stageA, "stage-a", "", "the stage of A, to be compared with the one of B that --stage-b names")
	flags.StringVar(&f.stageB, "stage-b", "", "the stage of B")
	flags.StringArrayVar(&f.gates, "gate", nil, `a bound such as "p99 < +10%"; may be given again`)
	flags.StringVar(&f.unclear, "unclear", string(runs.GateUnclear), "what an unclear gate counts as: holds, violated or unclear, which is exit code 2")
	flags.Float64Var(&f.confidence, "confidence", .95, "confidence of the intervals, above 0 and below 1")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	return c
}

// unclear is an error with the exit code of what could not be judged, unless it
// has one of its own: a mistyped flag must not read as a gate that is violated.
func unclear(err error) error {
	var code exitCode
	if err == nil || errors.As(err, &code) {
		return err
	}
	return exitCode{exitUnclear, err}
}

// compared is what compare prints.
type compared struct {
	Comparisons []runs.Comparison `json:"comparisons"`
	Alone       []runs.Alone      `json:"alone,omitempty"`
	Gates       []runs.GateResult `json:"gates,omitempty"`
	ExitCode    int               `json:"exit_code"`
}

func compare(out io.Writer, f compareFlags, args []string) error {
	gates, err := f.parse(args)
	if err != nil {
		return err
	}
	a, b, err := findBoth(args)
	if err != nil {
		return err
	}
	var c compared
	if c.Comparisons, c.Alone, err = f.pick(a, b); err != nil {
		return err
	}
	if err := runs.CheckGates(gates, c.Comparisons); err != nil {
		return err
	}
	c.Gates = runs.JudgeGates(gates, c.Comparisons, c.Alone)
	c.ExitCode = runs.GateExit(c.Gates, runs.GateVerdict(f.unclear))
	if f.json {
		err = printJSON(out, c)
	} else {
		c.print(out)
	}
	switch {
	case err != nil:
		return err
	case c.ExitCode == exitViolated:
		return exitCode{exitViolated, errors.New("a gate is violated")}
	case c.ExitCode != 0:
		return exitCode{c.ExitCode, errors.New("not every gate could be judged")}
	}
	return nil
}

// parse checks everything that can be checked before a run is read.
func (f compareFlags) parse(args []string) ([]runs.Gate, error) {
	gates, err := runs.ParseGates(f.gates...)
	faults := []error{err}
	pair := f.stageA != "" && f.stageB != ""
	if !pair && (f.stageA != "" || f.stageB != "") {
		faults = append(faults, errors.New("give --stage-a and --stage-b together"))
	}
	if pair && len(f.stages) > 0 {
		faults = append(faults, errors.New("give either --stage, or --stage-a and --stage-b"))
	}
	if len(args) == 0 || len(args) == 1 && !pair {
		faults = append(faults, errors.New("which runs? `sagalab runs compare A B`, such as last~1 last, or one run with --stage-a and --stage-b"))
	}
	if !(f.confidence > 0 && f.confidence < 1) {
		faults = append(faults, fmt.Errorf("--confidence is %v, want above 0 and below 1", f.confidence))
	}
	if !slices.Contains([]runs.GateVerdict{runs.GateHolds, runs.GateViolated, runs.GateUnclear}, runs.GateVerdict(f.unclear)) {
		faults = append(faults, fmt.Errorf("--unclear %q: want holds, violated or unclear", f.unclear))
	}
	return gates, errors.Join(faults...)
}

// findBoth is the runs that one or two arguments name.
func findBoth(args []string) (a, b runs.Run, err error) {
	store, err := storeHere()
	if err != nil {
		return a, b, err
	}
	a, errA := store.Find(args[0])
	if len(args) == 1 {
		return a, a, errA
	}
	b, errB := store.Find(args[1])
	return a, b, errors.Join(errA, errB)
}

// pick compares the stages that were asked for.
func (f compareFlags) pick(a, b runs.Run) (common []runs.Comparison, alone []runs.Alone, err error) {
	o := runs.CompareOptions{Confidence: f.confidence}
	if f.stageA != "" {
		one, err := compareStages(a, b, f.stageA, f.stageB, o)
		return []runs.Comparison{one}, nil, err
	}
	if common, alone, err = runs.CompareRuns(a, b, o); err != nil {
		return nil, nil, err
	}
	var names []string
	for _, c := range common {
		names = append(names, c.A.Stage)
	}
	if len(common) == 0 {
		return nil, nil, fmt.Errorf("runs %s and %s have no stage in common: name one of each with --stage-a and --stage-b", a.ID, b.ID)
	}
	if len(f.stages) == 0 {
		return common, alone, nil
	}
	var faults []error
	for _, s := range f.stages {
		if !slices.Contains(names, s) {
			faults = append(faults, fmt.Errorf("--stage %q: the runs have in common only %s", s, strings.Join(names, ", ")))
		}
	}
	common = slices.DeleteFunc(common, func(c runs.Comparison) bool { return !slices.Contains(f.stages, c.A.Stage) })
	return common, nil, errors.Join(faults...)
}

// compareStages compares two stages that are named.
func compareStages(a, b runs.Run, stageA, stageB string, o runs.CompareOptions) (runs.Comparison, error) {
	x, errA := stageOf(a, stageA)
	y, errB := stageOf(b, stageB)
	if err := errors.Join(errA, errB); err != nil {
		return runs.Comparison{}, err
	}
	c := runs.Compare(x, y, o)
	c.A.Run, c.B.Run = a.ID, b.ID
	return c, nil
}

func stageOf(r runs.Run, name string) (runs.Stage, error) {
	stages, err := r.Stages()
	if err != nil {
		return runs.Stage{}, err
	}
	var names []string
	for _, s := range stages {
		if s.Stage == name {
			return s, nil
		}
		names = append(names, s.Stage)
	}
	return runs.Stage{}, fmt.Errorf("run %s has no stage %q, only %s", r.ID, name, orElse(strings.Join(names, ", "), "none"))
}

func (c compared) print(out io.Writer) {
	for i, v := range c.Comparisons {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprint(out, v)
	}
	if len(c.Alone)+len(c.Gates) > 0 {
		fmt.Fprintln(out)
	}
	for _, a := range c.Alone {
		fmt.Fprintf(out, "beware    %s\n", a)
	}
	for _, g := range c.Gates {
		fmt.Fprintln(out, g)
	}
}
