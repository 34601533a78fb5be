package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/fault"
	"sagalab/pkg/live"
	"sagalab/pkg/load"
	"sagalab/pkg/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
	"sagalab/pkg/scenario"
	"sagalab/pkg/threshold"
)

// loadFlags is what the load command can be told.
type loadFlags struct {
	service
	stages     []string
	thresholds []string
	faults     string
	scene      string
	audit      bool
	order      purchase.Request
	policy     retry.Policy
	waits      []time.Duration
	seed       uint64
	judge      auditFlags
	crew       crewFlags
}

func loadCommand(out, log io.Writer) *cobra.Command {
	f := loadFlags{policy: retry.Default()}
	c := &cobra.Command{
		Use:   "load",
		Short: "Run stages from the shell and store the run; judge it by thresholds, and with --audit by the rules",
		Long: "Run stages of load against a service and store the run. Stages are such as\n" + load.Forms +
			".\n\nExit codes: 0 all thresholds pass and all rules hold, 1 one does not, 2 something could not be judged.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f.policy.Backoff = retry.Fixed(f.waits...)
			f.crew.where = cmp.Or(f.crew.where, os.Getenv("SAGALAB_FLEET")) // no default of the flag, which --help would print
			return loadStages(c.Context(), out, log, f)
		},
	}
	f.service.flags(c)
	flags := c.Flags()
	flags.StringArrayVar(&f.stages, "stage", nil, "a stage as NAME:LOAD, such as heavy:1000x200 or open:500/s@30s; may be given again")
	flags.StringArrayVar(&f.thresholds, "threshold", nil, "what must hold, as "+threshold.Grammar+"; may be given again")
	flags.StringVar(&f.faults, "faults", "", "file with a plan of faults (JSON), whose windows count from the start of each stage")
	flags.StringVar(&f.scene, "scene", "", "cases or plenty: set this scene first, which drops all orders of the service")
	flags.BoolVar(&f.audit, "audit", false, "judge the run by the rules afterwards, with the exit codes of the audit command")
	flags.Int64Var(&f.order.UserID, "user", 1, "user_id of every purchase")
	flags.Int64Var(&f.order.ProductID, "product", 1, "product_id of every purchase")
	flags.Int64Var(&f.order.Quantity, "quantity", 1, "quantity of every purchase")
	flags.Int64Var(&f.order.PaymentMethodID, "payment-method", 1, "payment_method_id of every purchase")
	flags.IntVar(&f.policy.MaxAttempts, "attempts", f.policy.MaxAttempts, "attempts of a purchase, the first included")
	flags.DurationSliceVar(&f.waits, "waits", f.policy.Backoff.List, "waits between attempts, the last one repeated")
	flags.DurationVar(&f.policy.AttemptTimeout, "timeout", f.policy.AttemptTimeout, "bound of one attempt")
	flags.BoolVar(&f.policy.RetryAfter, "retry-after", false, "wait as long as the service's Retry-After asks for")
	flags.BoolVar(&f.policy.NewKeyPerAttempt, "new-key-per-attempt", false, "give every attempt a key of its own, to see what that does")
	flags.Float64Var(&f.policy.Budget.Ratio, "budget", 0, "retries allowed as a share of the operations of the last 10 s; 0 does not limit")
	flags.Uint64Var(&f.seed, "seed", 0, "where the schedule, keys, jitter and so the faults come from; 0 draws one")
	f.judge.flags(c)
	f.crew.flags(c)
	return c
}

// loadPlan is what the flags ask for, checked.
type loadPlan struct {
	stages     []load.Stage
	thresholds []threshold.Threshold
	faults     fault.Plan
	scene      *purchase.Scene
}

func loadStages(ctx context.Context, out, log io.Writer, f loadFlags) error {
	plan, err := f.parse()
	if err != nil {
		return err
	}
	endpoint, named, err := f.endpoint()
	if err != nil {
		return err
	}
	if !named {
		return errors.New("load needs --api, the address of the service; `sagalab serve --lab` starts the reference service")
	}
	connection, err := f.connection()
	if err != nil {
		return err
	}
	crew, err := f.crew.open(ctx, log, f.service)
	if err != nil {
		return err
	}
	defer crew.close()
	if err := crew.check(ctx, plan.stages); err != nil {
		return err
	}
	store, err := storeHere()
	if err != nil {
		return err
	}
	reader, release, err := observe.NewClient(endpoint, connection)
	if err != nil {
		return err
	}
	defer release()
	if err := reader.Reachable(ctx, purchase.DefaultConnectivity(), func(n int, err error) {
		fmt.Fprintf(log, "Connectivity attempt %d failed: %v\n", n, err)
	}); err != nil {
		return fmt.Errorf("%s is unreachable (%w): nothing was sent", endpoint, err)
	}
	run, err := store.Create("load", endpoint.String())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "run %s\n", run.ID)
	if err := prepare(ctx, log, reader, run, plan.scene, f); err != nil {
		return err
	}
	connection.Policy = f.policy
	to := scenario.Target{Endpoint: endpoint, Seed: f.seed, Config: connection}
	judged, err := runStages(ctx, out, log, run, to, plan, f, crew)
	if err != nil {
		return err
	}
	if f.audit {
		return worse(judged, judge(ctx, out, reader, run, f.judge, true))
	}
	return judged
}

// runStages runs the stages one after the other, and those that come after one
// that a threshold stopped, or that lost a worker, not at all. judged is the thresholds' exit code as an
// error, nil when all pass.
func runStages(ctx context.Context, out, log io.Writer, run runs.Run, to scenario.Target, plan loadPlan, f loadFlags, crew *crew) (judged, err error) {
	var results []threshold.Result
	var aborted *threshold.AbortError
	var lost *scenario.LostError
	for _, stage := range plan.stages {
		if n := stage.Asked(); n >= runs.Large {
			fmt.Fprintf(log, "%s: %d requests will take %s\n", stage.Name, n, runs.Expect(n, 1))
		}
		l := scenario.Load{Stage: stage, Order: f.order, Thresholds: plan.thresholds}
		from, err := crew.source(ctx, l, to)
		if err != nil {
			return nil, err
		}
		got, failed := runStage(ctx, log, run, to, scenario.Trial{Load: l, Faults: plan.faults, From: from}, f.audit)
		results = append(results, got...)
		if err := reportRun(out, run, stage.Name); err != nil {
			return nil, errors.Join(failed, err)
		}
		if errors.As(failed, &aborted) || errors.As(failed, &lost) {
			fmt.Fprintln(log, failed)
			break
		}
		if failed != nil {
			return nil, failed
		}
	}
	for _, row := range threshold.Rows(results) {
		fmt.Fprintf(out, "threshold  %-7s  %s: %s  %s  %s\n", row[3], row[0], row[1], row[2], row[4])
	}
	worst := threshold.Worst(results)
	switch {
	case lost != nil: // whatever the thresholds say of the rest
		return exitCode{threshold.ExitFail, fmt.Errorf("%d operations are lost with a worker", lost.Lost)}, nil
	case worst == threshold.Pass:
		return nil, nil
	case worst == threshold.Fail:
		return exitCode{worst.ExitCode(), errors.New("a threshold failed")}, nil
	default:
		return exitCode{worst.ExitCode(), errors.New("not every threshold could be judged")}, nil
	}
}

// worse joins two verdicts, the one that counts first: what is violated is worse
// than what could not be judged.
func worse(a, b error) error {
	var first exitCode
	if errors.As(a, &first) && first.code == threshold.ExitFail {
		return errors.Join(a, b)
	}
	return errors.Join(b, a)
}

// runStage runs one stage: as a trial when faults are to happen to it, or when its
// audit wants to know what the service showed meanwhile.
func runStage(ctx context.Context, log io.Writer, run runs.Run, to scenario.Target, t scenario.Trial, audited bool) ([]threshold.Result, error) {
	terminal, view, shown := live.NewTerminal(log), new(live.View), false
	watch := func(s live.Snapshot) {
		view.Update(s)
		_ = terminal.Show(view) // a terminal that is gone stops no load
		shown = true
	}
	defer func() {
		if shown {
			_ = terminal.End(view)
		}
	}()
	switch {
	case len(t.Faults.Windows) > 0, audited:
		_, results, err := t.Run(ctx, run, to, watch)
		return results, err
	case t.From != nil:
		return t.Load.Gather(ctx, run, to, watch, t.From)
	}
	return t.Load.Run(ctx, run, to, watch)
}

// parse checks everything that can be checked before anything is sent.
func (f loadFlags) parse() (plan loadPlan, err error) {
	var faults []error
	var names []string
	if len(f.stages) == 0 {
		faults = append(faults, errors.New("give at least one --stage, such as light:50x50"))
	}
	for _, text := range f.stages {
		s, err := load.ParseStage(text)
		plan.stages, names, faults = append(plan.stages, s), append(names, s.Name), append(faults, err)
		if err != nil { // the name is needed all the same, or its thresholds would be faults, too
			names = append(names, text[:max(0, strings.LastIndex(text, ":"))])
		}
	}
	plan.thresholds, err = threshold.ParseAll(f.thresholds, names)
	faults = append(faults, err)
	if f.faults != "" {
		text, err := os.ReadFile(f.faults)
		if err == nil {
			plan.faults, err = fault.ParsePlan(text)
		}
		if err != nil {
			err = fmt.Errorf("--faults %s: %w", f.faults, err)
		}
		faults = append(faults, err)
	}
	switch f.scene {
	case "":
	case "cases":
		s := purchase.Cases()
		plan.scene = &s
	case "plenty":
		s := purchase.Plenty()
		plan.scene = &s
	default:
		faults = append(faults, fmt.Errorf("--scene %q: want cases or plenty", f.scene))
	}
	if slices.ContainsFunc(plan.faults.Windows, func(w fault.Window) bool { return w.Fault == fault.Kill }) {
		faults = append(faults, fmt.Errorf("--faults %s: it has a %s window, but the service is not a process that load started: leave the window out, or use OwnService in a notebook", f.faults, fault.Kill))
	}
	if f.crew.where != "" && len(plan.faults.Windows) > 0 {
		faults = append(faults, errors.New("--faults with --fleet: faults happen on one machine's way to the service, leave one of the two out"))
	}
	_, meanings := f.judge.options()
	return plan, errors.Join(append(faults, f.policy.Validate(), f.order.Validate(), meanings)...)
}

// prepare sets the scene, or reads the state that the load starts from.
func prepare(ctx context.Context, log io.Writer, c *purchase.Client, run runs.Run, scene *purchase.Scene, f loadFlags) error {
	if scene == nil {
		return observe.Survey(ctx, c, run, observe.Subjects{Products: []int64{f.order.ProductID}, Users: []int64{f.order.UserID}})
	}
	err := observe.Lay(ctx, c, run, f.scene, *scene)
	if errors.Is(err, purchase.ErrNoScene) {
		fmt.Fprintf(log, "Scene %s not set: %v; the service's own data are used\n", f.scene, err)
		return nil
	}
	return err
}

// reportRun prints how a stage ended, and what not to rely on.
func reportRun(out io.Writer, run runs.Run, stage string) error {
	stages, err := run.Overviews(stage)
	if err != nil {
		return err
	}
	for _, s := range stages {
		printStage(out, s)
	}
	return nil
}
