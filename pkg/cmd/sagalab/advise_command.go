package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/compare"
	"sagalab/pkg/internal/advise"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// adviseFlags are the flags of advise.
type adviseFlags struct {
	stage    string
	policies []string
	bounds   []string
	measured []string
	seed     uint64
	json     bool
}

func adviseCommand(out, log io.Writer) *cobra.Command {
	var f adviseFlags
	c := &cobra.Command{
		Use:   "advise RUN",
		Short: "Predict what other retry policies would have cost in a recorded stage, and recommend one within bounds",
		Long: `Simulate retry policies on the recorded arrivals of a stage: those of ` + "`load --policy`" + `, one without retries, and a grid of
attempts, first waits and budgets. The attempts of a simulation are drawn from the recorded ones: of the same time and the same
fault, after the same failure, with about as many others under way. Nothing is sent.

Each figure is the median of 20 simulated runs, with their range in brackets. Latencies are of all purchases, failed ones included.
Where an attempt is of a kind that was not recorded (a retry where none was sent, a fourth more in flight than ever), the range
spans all that may have become of its purchase. A range that is wider than half its figure, or than 5 points of a fraction, is
shown as "cannot tell": the note says how many purchases are not known, or that simulations differ, for which a longer stage
helps. All policies have the recording's timeout of an attempt.

` + runNaming + `

With --measured nothing is recommended: the policies of other runs, which really ran under the same load and faults, are
predicted, and shown beside what was measured there. Runs with equal policies are repeats.

The exit code is 0; with --bound 1 when no policy is within the bounds, with --measured 1 when a prediction differs; 2 when too little was recorded, or the model
does not give what was measured with the recorded policy; 3 when a flag is wrong, or there is no such run or stage.`,
		Args: oneRun,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, out, log, args[0]) },
	}
	flags := c.Flags()
	flags.StringVar(&f.stage, "stage", "", "the stage (default: the only one of the run)")
	flags.StringArrayVar(&f.policies, "policy", nil, "simulate this policy alone, one of "+strings.Join(retry.PolicyNames(), ", ")+", "+advise.NoRetries+"; may be given again (default: all of them and the grid)")
	flags.StringArrayVar(&f.bounds, "bound", nil, `an upper limit, such as "p99 < 800ms", "amplification < 1.3", "error_ratio < 1%"; may be given again`)
	flags.StringArrayVar(&f.measured, "measured", nil, "compare with what was measured in this run, in its stages with the same load; may be given again")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the simulations")
	flags.BoolVar(&f.json, "json", false, "print all predictions as JSON")
	return c
}

// run advises on a run's stage.
func (f adviseFlags) run(c *cobra.Command, out, log io.Writer, name string) (err error) {
	defer runs.CatchDamage(&err)
	bounds, faults := f.parse()
	if faults != nil {
		return faults
	}
	stage, err := f.findStage(name)
	if err != nil {
		return err
	}
	if len(f.measured) > 0 {
		return f.compare(out, stage)
	}
	recording, err := advise.Read(stage)
	if err != nil {
		return unclear(err)
	}
	policies := f.candidates(recording)
	fmt.Fprintf(log, "Simulating %d policies, %d times each, on %d purchases …\n", len(policies), advise.Replications, stage.OperationCount())
	advice, err := advise.Advise(c.Context(), recording, policies, bounds, f.seed)
	if err != nil {
		return unclear(err)
	}
	if f.json {
		err = printJSON(out, advice)
	} else {
		advice.Write(out)
	}
	switch {
	case err != nil || advice.Best >= 0:
		return err
	case !advice.HasKnown():
		return verdictError(exitUnclear, "no policy can be judged from this recording")
	case len(bounds) > 0:
		return verdictError(exitBad, "no policy is within the bounds")
	}
	return nil
}

// compare predicts what the policies of other runs cost, and shows it beside what was measured.
func (f adviseFlags) compare(out io.Writer, recorded runs.Stage) error {
	var others []runs.Stage
	for _, name := range f.measured {
		stages, err := stagesWithLoad(name, recorded)
		if err != nil {
			return fmt.Errorf("--measured: %w", err)
		}
		others = append(others, stages...)
	}
	list, err := advise.Compare(recorded, others, f.seed)
	if err != nil {
		return unclear(err)
	}
	if f.json {
		err = printJSON(out, list)
	} else {
		err = advise.WritePredictions(out, list)
	}
	if err != nil {
		return err
	}
	counts := map[compare.PredictionVerdict]int{}
	for _, p := range list {
		counts[p.Verdict()]++
	}
	switch {
	case counts[compare.Differs] > 0:
		return verdictError(exitBad, "a prediction differs from what was measured")
	case counts[compare.Agrees] == 0:
		return verdictError(exitUnclear, "no policy can be judged from this recording")
	}
	return nil
}

// stagesWithLoad returns the stages of a run that have the load of another stage, without that one.
func stagesWithLoad(name string, other runs.Stage) ([]runs.Stage, error) {
	store, err := runsStore()
	if err != nil {
		return nil, err
	}
	run, err := store.Find(name)
	if err != nil {
		return nil, err
	}
	stages, err := run.OpenStages()
	if err != nil {
		return nil, err
	}
	stages = slices.DeleteFunc(stages, func(s runs.Stage) bool {
		return advise.LoadOf(s) != advise.LoadOf(other) || s.Stage == other.Stage && s.Started.Equal(other.Started)
	})
	if len(stages) == 0 {
		return nil, fmt.Errorf("run %s has no other stage with the load of stage %s (%s): run the policy under the same load", run.ID, other.Stage, advise.LoadOf(other))
	}
	return stages, nil
}

// parse validates everything that can be validated before a run is read, and reports all faults at once.
func (f adviseFlags) parse() (bounds []advise.Bound, faults error) {
	bounds, err := advise.ParseBounds(f.bounds)
	if err != nil {
		faults = fmt.Errorf("--bound: %w", err)
	}
	if len(f.measured) > 0 && len(f.bounds)+len(f.policies) > 0 {
		faults = errors.Join(faults, errors.New("--measured compares the policies of those runs: leave --bound and --policy out"))
	}
	for _, p := range f.policies {
		if _, err := retry.Named(p); err != nil && p != advise.NoRetries {
			faults = errors.Join(faults, fmt.Errorf("--policy: %w", err))
		}
	}
	return bounds, faults
}

// unclear gives an error that wraps ErrCannotTell the exit code of what could not be judged.
func unclear(err error) error {
	if errors.Is(err, advise.ErrCannotTell) {
		return withExitCode(exitUnclear, err)
	}
	return err
}

// candidates returns the policies that are simulated.
func (f adviseFlags) candidates(r *advise.Recording) []advise.Candidate {
	list := advise.Candidates(r)
	if len(f.policies) == 0 {
		return list
	}
	return slices.DeleteFunc(list, func(c advise.Candidate) bool { return !slices.Contains(f.policies, c.Name) })
}

// findStage returns the stage to advise on.
func (f adviseFlags) findStage(name string) (runs.Stage, error) {
	store, err := runsStore()
	if err != nil {
		return runs.Stage{}, err
	}
	run, err := store.Find(name)
	if err != nil {
		return runs.Stage{}, err
	}
	if f.stage != "" {
		return stageOf(run, f.stage)
	}
	stages, err := run.OpenStages()
	switch {
	case err != nil:
		return runs.Stage{}, err
	case len(stages) == 0:
		return runs.Stage{}, fmt.Errorf("run %s has no stage of load: record one with `sagalab load`", run.ID)
	case len(stages) > 1:
		return runs.Stage{}, fmt.Errorf("run %s has %d stages: say which with --stage", run.ID, len(stages))
	}
	return stages[0], nil
}
