package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// loadExecution is one execution of the load command, with its results.
type loadExecution struct {
	loadFlags
	plan           loadPlan
	endpoint       purchase.Endpoint
	adapter        purchase.Adapter
	config         retry.Config // how the service is called
	lines          io.Writer    // results for a person
	log            io.Writer    // progress
	fleet          *loadFleet
	run            runs.Run           // zero until it has begun
	serviceVersion purchase.Version   // of the service, as it reports it
	results        []threshold.Result // of the stages that ran
	report         *audit.Report      // nil without an audit
}

// loadStages executes the load command: it checks everything, runs the load, and writes its verdict.
func loadStages(ctx context.Context, out, log io.Writer, f loadFlags) error {
	l := &loadExecution{loadFlags: f, lines: out, log: log}
	if f.json {
		l.lines = log
	}
	if err := l.check(); err != nil {
		return err
	}
	files, err := f.files.open()
	if err != nil {
		return err
	}
	err = l.load(ctx)
	v, failed := l.verdict(ctx, err)
	err = errors.Join(err, failed, files.write(v))
	if f.json {
		err = errors.Join(err, printJSON(out, l.document(v, codeOf(ctx, err))))
	}
	return err
}

// check parses and validates the flags.
func (l *loadExecution) check() (err error) {
	if l.plan, err = l.parse(); err != nil {
		return err
	}
	if _, constant := purchase.Constant(l.plan.buyers.Buyers); l.seed == 0 && !constant {
		l.seed = rand.Uint64() // of all stages: it says whose state is read before the load
	}
	named := false
	if l.endpoint, named, err = l.serviceFlags.endpoint(); err == nil && !named {
		err = errors.New("load requires --api, the address of the service; `sagalab serve --lab` starts the reference service")
	}
	if err != nil {
		return err
	}
	options, err := l.judge.options()
	if err == nil {
		l.adapter, err = l.serviceFlags.adapter(options.Answers, nil)
	}
	switch offers := purchase.OffersOf(l.adapter); {
	case err != nil:
	case l.plan.reset && l.plan.fixture != nil:
		err = errors.New("--reset and --fixture cannot both be given: a fixture drops all orders, too")
	case l.plan.reset && !offers.Reset:
		err = fmt.Errorf("--reset: %w; the part reset of the file of --adapter says it", purchase.ErrNoReset)
	}
	if err == nil {
		l.config, err = l.serviceFlags.connection()
	}
	return err
}

// load connects to the service and the fleet, creates the run, and executes it.
func (l *loadExecution) load(ctx context.Context) (err error) {
	l.loadFlags.fleet.feed = l.buyers.feed.text
	if l.fleet, err = l.loadFlags.fleet.open(ctx, l.log, l.serviceFlags); err != nil {
		return err
	}
	defer l.fleet.close()
	if err := l.fleet.check(ctx, l.plan.stages); err != nil {
		return err
	}
	store, err := runsStore()
	if err != nil {
		return err
	}
	reader, release, err := observe.NewClient(l.endpoint, l.adapter, l.config)
	if err != nil {
		return err
	}
	defer release()
	how := purchase.DefaultConnectivity()
	if err := reader.Reachable(ctx, how, func(n int, err error) {
		fmt.Fprintf(l.log, "Connectivity check %d of %d failed: %v\n", n, how.Attempts, err)
	}); err != nil {
		return fmt.Errorf("%w: no load was sent; %s", err, l.remedy(err))
	}
	if l.run, err = store.Create("load", l.endpoint.String()); err != nil {
		return err
	}
	fmt.Fprintf(l.lines, "run %s\n", l.run.ID)
	if l.serviceVersion, err = observe.RecordService(ctx, reader, l.run); err != nil {
		return err
	}
	err = l.execute(ctx, reader)
	if err != nil && ctx.Err() != nil {
		return withExitCode(exitInterrupted, fmt.Errorf("interrupted: what was recorded until then is kept, `sagalab runs show %s` shows it", l.run.ID))
	}
	return err
}

// remedy says what to do about a service that is unreachable. One that answers is there, and has no health as the adapter asks for it.
func (l *loadExecution) remedy(err error) string {
	down := new(purchase.UnreachableError)
	if !errors.As(err, &down) || !down.Answered() {
		return "start the service, or correct --api"
	}
	correct := "correct --api"
	path := down.WrongPath()
	if path != "" {
		correct = fmt.Sprintf("the path %s of the address may be wrong: correct --api", path)
	}
	switch _, contract := purchase.ContractOf(l.adapter); {
	case !contract:
		return correct + ", or the part health of the adapter"
	case path == "":
		return correct + "; for a service whose API is not the contract give --adapter FILE, which `sagalab api new FILE` begins"
	}
	return correct
}

// execute runs the stages, and judges them by the thresholds and, when asked, by the rules. Load that could not be sent as
// planned is audited only when a threshold stopped it, or a part of it is lost with a worker.
func (l *loadExecution) execute(ctx context.Context, reader *purchase.Client) error {
	if err := prepare(ctx, l.log, reader, l.run, l.plan, l.seed); err != nil {
		return err
	}
	l.config.Policy = l.policy
	to := runner.Target{Endpoint: l.endpoint, Seed: l.seed, Adapter: l.adapter, Config: l.config, Traceparent: l.plan.traceparent}
	err := errors.Join(l.runStages(ctx, to), l.judgeThresholds())
	if l.audit && codeOf(ctx, err) != exitNotDone && ctx.Err() == nil {
		judged := l.judgeRules(ctx, reader)
		if err == nil && judged != nil && l.report != nil { // else the rules are not what the exit code depends on
			fmt.Fprint(l.lines, l.judge.hints(*l.report))
		}
		err = errors.Join(err, judged)
	}
	return err
}

// runStages runs the stages one after the other. It ends after a stage that a threshold stopped, which is not an error of
// its own, or that lost a worker.
func (l *loadExecution) runStages(ctx context.Context, to runner.Target) error {
	for _, stage := range l.plan.stages {
		if n := stage.Planned(); n >= runs.LargeStage {
			fmt.Fprintf(l.log, "%s: %d requests will take %s\n", stage.Name, n, runs.Expect(n, 1))
		}
		what := runner.Load{Stage: stage, Buyers: l.plan.buyers.of(stage), Thresholds: l.plan.thresholds}
		what.LoadID = l.fleet.newLoadID()
		from, err := l.fleet.source(ctx, what, to)
		if err != nil {
			return err
		}
		results, failed := runStage(ctx, l.log, l.run, to, runner.Trial{Load: what, Faults: l.plan.faults, From: from}, l.audit)
		l.results = append(l.results, results...)
		if err := reportRun(l.lines, l.run, stage.Name); err != nil {
			return errors.Join(failed, err)
		}
		var aborted *threshold.AbortError
		var lost *runner.LostError
		switch {
		case failed == nil:
			continue
		case errors.As(failed, &lost):
			fmt.Fprintln(l.log, failed)
			fmt.Fprintf(l.log, "`sagalab fleet collect %s` adds what workers still have in their outboxes\n", what.LoadID)
			return withExitCode(exitUnclear, fmt.Errorf("%d operations are lost with a worker", lost.Lost))
		case errors.As(failed, &aborted):
			fmt.Fprintln(l.log, failed)
			return nil
		}
		return failed
	}
	return nil
}

// judgeThresholds prints the thresholds of every stage, those that did not run included, and returns their verdict.
func (l *loadExecution) judgeThresholds() error {
	l.results = append(l.results, l.missing()...)
	for _, row := range threshold.Rows(l.results) {
		fmt.Fprintln(l.lines, strings.TrimRight(fmt.Sprintf("threshold  %-7s  %s: %s  %s  %s", row[3], row[0], row[1], row[2], row[4]), " "))
	}
	switch threshold.Worst(l.results) {
	case threshold.Pass:
		return nil
	case threshold.Fail:
		return verdictError(exitBad, "a threshold failed: "+namesOf(thresholdFindings(l.results), failed))
	}
	return verdictError(exitUnclear, "not every threshold could be judged: "+namesOf(thresholdFindings(l.results), undecided))
}

// missing returns the results of thresholds of stages that did not run: unclear.
func (l *loadExecution) missing() (results []threshold.Result) {
	for _, stage := range l.plan.stages {
		for _, t := range threshold.For(l.plan.thresholds, stage.Name) {
			same := func(r threshold.Result) bool { return r.Stage == stage.Name && r.Threshold == t }
			if slices.ContainsFunc(l.results, same) {
				continue
			}
			for _, r := range threshold.CheckAll([]threshold.Threshold{t}, nil) {
				r.Stage = stage.Name
				results = append(results, r)
			}
		}
	}
	return results
}

// judgeRules audits the run, prints and stores the report, and returns its verdict.
func (l *loadExecution) judgeRules(ctx context.Context, reader *purchase.Client) error {
	report, err := auditOf(ctx, reader, l.run, l.judge, true)
	if err != nil {
		return err
	}
	l.report = &report
	fmt.Fprint(l.lines, report)
	return errors.Join(observe.SaveAudit(l.run, report), ruleVerdict(report))
}

// runStage runs one stage: as a trial when there are faults to inject, or when an audit needs
// samples of the service's state during the stage.
func runStage(ctx context.Context, log io.Writer, run runs.Run, to runner.Target, t runner.Trial, audited bool) ([]threshold.Result, error) {
	terminal, view, shown := live.NewTerminal(log), new(live.View), false
	watch := func(s live.Snapshot) {
		view.Update(s)
		_ = terminal.Show(view) // a closed terminal does not stop the load
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
		return t.Load.RecordFrom(ctx, run, to, watch, t.From)
	}
	return t.Load.Run(ctx, run, to, watch)
}

// prepare applies the fixture, or without one reads the state that the load starts from, after
// a reset if that was asked for.
func prepare(ctx context.Context, log io.Writer, c *purchase.Client, run runs.Run, plan loadPlan, seed uint64) error {
	of := plan.subjects(seed)
	if plan.reset {
		if err := slowly(log, slowAfter, "--reset", func() error { return c.Reset(ctx) }); err != nil {
			return fmt.Errorf("--reset: %w", err)
		}
	}
	if plan.fixture == nil {
		return slowly(log, slowAfter, "Reading the state before the load", func() error { return observe.ReadBaseline(ctx, c, run, of) })
	}
	if text := lackedBy(*plan.fixture, plan.fixtureName, of); text != "" {
		fmt.Fprintln(log, text)
	}
	applied, err := observe.ApplyFixture(ctx, c, run, plan.fixtureName, *plan.fixture, of)
	if err == nil && !applied {
		fmt.Fprintf(log, "Fixture %s not applied: %v; the service keeps its own data\n", plan.fixtureName, purchase.ErrNoFixture)
	}
	return err
}

// reportRun prints the line and the warnings of a stage.
func reportRun(out io.Writer, run runs.Run, stage string) error {
	stages, err := run.Overviews(stage)
	if err != nil {
		return err
	}
	for _, s := range stages {
		printStage(out, s)
		reasons, err := retryReasons(run, s.Summary)
		if err != nil {
			return err
		}
		if line := runs.RetryLine(reasons); line != "" {
			fmt.Fprintf(out, "       %s\n", line)
		}
	}
	return nil
}
