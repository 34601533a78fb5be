package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// compareFlags are the flags of runs compare.
type compareFlags struct {
	stages         []string
	stageA, stageB string
	gates          []string
	unclear        string
	confidence     float64
	json           bool
	files          verdictFlags
}

func runsCompareCommand(out io.Writer) *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare run B with run A, and judge the change by gates",
		Long: `Compare the stages of run B with those of the same name in run A: each metric with
its interval, the change with its interval, and what can be concluded from it.

A gate bounds a change, such as "p99 < +10%", "error_ratio < +0.5pp" or, for one
stage, "heavy: throughput > -5%". It holds when the change's whole interval is on
the good side of the bound, is violated when the whole interval is beyond, and is
unclear otherwise. One run is compared with itself by --stage-a and --stage-b.

A and B may each be several runs, with commas between them, made in turns: only
then is what differs from one start to the next in the intervals.

` + runNaming + `

The exit code is 0 when all gates hold, or there are none; 1 when one is violated; 2 when one is unclear, unless --unclear
says what that counts as; 3 when a flag is wrong, or there is no such run or stage.`,
		Args: atMost(2),
		RunE: func(c *cobra.Command, args []string) error {
			return compareRuns(c.Context(), out, f, args)
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.stages, "stage", nil, "a stage to compare; may be given again (default: all that both runs have)")
	flags.StringVar(&f.stageA, "stage-a", "", "the stage of A, to be compared with the one of B that --stage-b names")
	flags.StringVar(&f.stageB, "stage-b", "", "the stage of B")
	flags.StringArrayVar(&f.gates, "gate", nil, `a bound such as "p99 < +10%"; may be given again`)
	flags.StringVar(&f.unclear, "unclear", string(compare.GateUnclear), "what an unclear gate counts as: holds, violated or unclear, which is exit code 2")
	flags.Float64Var(&f.confidence, "confidence", .95, "confidence of the intervals, above 0 and below 1")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	f.files.flags(c)
	return c
}

// comparison is the result of runs compare.
type comparison struct {
	Comparisons []compare.Comparison `json:"comparisons"`
	Unmatched   []compare.Unmatched  `json:"alone,omitempty"`
	Gates       []compare.GateResult `json:"gates,omitempty"`
	ExitCode    exitCode             `json:"exit_code"`
}

func compareRuns(ctx context.Context, out io.Writer, f compareFlags, args []string) error {
	gates, err := f.parse(args)
	if err != nil {
		return err
	}
	files, err := f.files.open()
	if err != nil {
		return err
	}
	c, err := f.compare(args, gates)
	findings := gateFindings(c.Gates, compare.GateVerdict(f.unclear))
	if err == nil {
		err = errors.Join(c.write(out, f.json), gateVerdict(c.ExitCode, findings))
	}
	v := verdict{command: "compare", subject: c.subject(args), findings: findings}
	v.conclude(codeOf(ctx, err), err)
	return errors.Join(err, files.write(v))
}

// compare reads the runs, compares them and judges the gates.
func (f compareFlags) compare(args []string, gates []compare.Gate) (c comparison, err error) {
	a, b, err := findBoth(args)
	if err != nil {
		return c, err
	}
	if c.Comparisons, c.Unmatched, err = f.pick(a, b); err != nil {
		return c, err
	}
	if err := compare.CheckGates(gates, c.Comparisons); err != nil {
		return c, err
	}
	c.Gates = compare.JudgeGates(gates, c.Comparisons, c.Unmatched)
	c.ExitCode = exitCode(compare.GateExit(c.Gates, compare.GateVerdict(f.unclear)))
	return c, nil
}

// subject names the runs that were compared, or when they were not found the arguments.
func (c comparison) subject(args []string) string {
	if len(c.Comparisons) > 0 {
		args = []string{c.Comparisons[0].A.Run, c.Comparisons[0].B.Run}
	}
	return "Run " + strings.Join(args, " against run ")
}

// gateVerdict returns an error with the exit code of the gates, nil when all hold.
func gateVerdict(code exitCode, findings []finding) error {
	if code == exitBad {
		return verdictError(code, "a gate is violated: "+namesOf(findings, failed))
	}
	return verdictError(code, "not every gate could be judged: "+namesOf(findings, undecided))
}

// parse validates everything that can be validated before a run is read.
func (f compareFlags) parse(args []string) ([]compare.Gate, error) {
	gates, err := compare.ParseGates(f.gates...)
	faults := []error{err}
	pair := f.stageA != "" && f.stageB != ""
	if !pair && (f.stageA != "" || f.stageB != "") {
		faults = append(faults, errors.New("--stage-a and --stage-b require each other"))
	}
	if pair && len(f.stages) > 0 {
		faults = append(faults, errors.New("--stage excludes --stage-a and --stage-b"))
	}
	if len(args) == 0 || len(args) == 1 && !pair {
		faults = append(faults, errors.New("which runs? `sagalab runs compare A B`, such as last~1 last, or one run with --stage-a and --stage-b"))
	}
	if !(f.confidence > 0 && f.confidence < 1) {
		faults = append(faults, fmt.Errorf("--confidence is %v, want above 0 and below 1", f.confidence))
	}
	if !slices.Contains([]compare.GateVerdict{compare.GateHolds, compare.GateViolated, compare.GateUnclear}, compare.GateVerdict(f.unclear)) {
		faults = append(faults, fmt.Errorf("--unclear %q: want holds, violated or unclear", f.unclear))
	}
	if f.files.junit != "" && len(f.gates) == 0 {
		faults = append(faults, errors.New("--junit requires --gate: without one nothing is judged"))
	}
	return gates, errors.Join(faults...)
}

// findBoth returns the runs that one or two arguments name; an argument may name several, with commas between them.
func findBoth(args []string) (a, b []runs.Run, err error) {
	store, err := runsStore()
	if err != nil {
		return nil, nil, err
	}
	var sides [2][]runs.Run
	var faults []error
	for i, arg := range args {
		for _, name := range strings.Split(arg, ",") {
			r, err := store.Find(name)
			sides[i], faults = append(sides[i], r), append(faults, err)
		}
	}
	if len(args) == 1 {
		sides[1] = sides[0]
	}
	return sides[0], sides[1], errors.Join(faults...)
}

// pick compares the stages that the flags name.
func (f compareFlags) pick(a, b []runs.Run) (common []compare.Comparison, alone []compare.Unmatched, err error) {
	o := compare.Options{Confidence: f.confidence}
	if f.stageA != "" {
		one, err := compareStages(a, b, f.stageA, f.stageB, o)
		return []compare.Comparison{one}, nil, err
	}
	if common, alone, err = compare.Runs(a, b, o); err != nil {
		return nil, nil, err
	}
	var names []string
	for _, c := range common {
		names = append(names, c.A.Stage)
	}
	if len(common) == 0 {
		return nil, nil, errors.New("the runs have no stage in common: name one of each side with --stage-a and --stage-b")
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
	common = slices.DeleteFunc(common, func(c compare.Comparison) bool { return !slices.Contains(f.stages, c.A.Stage) })
	return common, nil, errors.Join(faults...)
}

// compareStages compares stage stageA of the runs a with stage stageB of the runs b.
func compareStages(a, b []runs.Run, stageA, stageB string, o compare.Options) (_ compare.Comparison, err error) {
	defer runs.CatchDamage(&err)
	x, nameA, errA := stagesOf(a, stageA)
	y, nameB, errB := stagesOf(b, stageB)
	if err := errors.Join(errA, errB); err != nil {
		return compare.Comparison{}, err
	}
	c := compare.Repeats(x, y, o)
	c.A.Run, c.B.Run = nameA, nameB
	return c, nil
}

// stagesOf returns the stage of a name of each run, and the ids of the runs.
func stagesOf(list []runs.Run, name string) (stages []runs.Stage, names string, err error) {
	var ids []string
	for _, r := range list {
		s, failed := stageOf(r, name)
		stages, ids, err = append(stages, s), append(ids, r.ID), errors.Join(err, failed)
	}
	return stages, strings.Join(ids, ","), err
}

func stageOf(r runs.Run, name string) (runs.Stage, error) {
	stages, err := r.OpenStages()
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

// write prints the comparison, as JSON or for a person.
func (c comparison) write(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, c)
	}
	c.print(out)
	return nil
}

func (c comparison) print(out io.Writer) {
	for i, v := range c.Comparisons {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprint(out, v)
	}
	if len(c.Unmatched)+len(c.Gates) > 0 {
		fmt.Fprintln(out)
	}
	for _, a := range c.Unmatched {
		fmt.Fprintf(out, "beware    %s\n", a)
	}
	for _, g := range c.Gates {
		fmt.Fprintln(out, g)
	}
}
