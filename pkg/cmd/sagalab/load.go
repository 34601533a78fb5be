package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
	"sagalab/pkg/scenario"
)

// loadFlags is what the load command can be told.
type loadFlags struct {
	service
	stages []string
	faults string
	scene  string
	audit  bool
	order  purchase.Request
	policy retry.Policy
	waits  []time.Duration
	seed   uint64
	judge  auditFlags
}

func loadCommand(out, log io.Writer) *cobra.Command {
	f := loadFlags{policy: retry.Default()}
	c := &cobra.Command{
		Use:   "load",
		Short: "Run stages from the shell and store the run; with --audit, judge it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f.policy.Backoff = retry.Fixed(f.waits...)
			return loadStages(c.Context(), out, log, f)
		},
	}
	f.service.flags(c)
	flags := c.Flags()
	flags.StringArrayVar(&f.stages, "stage", nil, "a stage, such as "+load.Forms+"; may be given again")
	flags.StringVar(&f.faults, "faults", "", "file with a plan of faults (JSON), whose windows count from the start of each stage")
	flags.StringVar(&f.scene, "scene", "", "cases or plenty: set this scene first, which drops all orders of the service")
	flags.BoolVar(&f.audit, "audit", false, "judge the run afterwards, with the exit codes of the audit command")
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
	flags.Uint64Var(&f.seed, "seed", 0, "where keys, jitter and so the faults come from; 0 draws one")
	f.judge.flags(c)
	return c
}

func loadStages(ctx context.Context, out, log io.Writer, f loadFlags) error {
	stages, plan, scene, err := f.parse()
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
	store, err := storeHere()
	if err != nil {
		return err
	}
	if err := purchase.Reachable(ctx, endpoint, header(), purchase.DefaultConnectivity(), func(n int, err error) {
		fmt.Fprintf(log, "Connectivity attempt %d failed: %v\n", n, err)
	}); err != nil {
		return fmt.Errorf("%s is unreachable (%w): nothing was sent", endpoint, err)
	}
	run, err := store.Create("load", endpoint.String())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "run %s\n", run.ID)
	reader, release, err := observe.NewClient(endpoint, header())
	if err != nil {
		return err
	}
	defer release()
	if err := prepare(ctx, log, reader, run, scene, f); err != nil {
		return err
	}
	to := scenario.Target{Endpoint: endpoint, Seed: f.seed, Config: retry.Config{Policy: f.policy, Header: header()}}
	for _, stage := range stages {
		trial := scenario.Trial{Stage: stage, Order: f.order, Faults: plan}
		_, failed := trial.Run(ctx, run, to, progressLine(log, stage.Name))
		if err := reportRun(out, run, stage.Name); err != nil {
			return errors.Join(failed, err)
		}
		if failed != nil {
			return failed
		}
	}
	if !f.audit {
		return nil
	}
	return judge(ctx, out, reader, run, f.judge, true)
}

// parse checks everything that can be checked before anything is sent.
func (f loadFlags) parse() (stages []load.Stage, plan fault.Plan, scene *purchase.Scene, err error) {
	var faults []error
	if len(f.stages) == 0 {
		faults = append(faults, errors.New("give at least one --stage, such as light:50x50"))
	}
	for _, text := range f.stages {
		s, err := load.ParseStage(text)
		stages, faults = append(stages, s), append(faults, err)
	}
	if f.faults != "" {
		text, err := os.ReadFile(f.faults)
		if err == nil {
			plan, err = fault.ParsePlan(text)
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
		scene = &s
	case "plenty":
		s := purchase.Plenty()
		scene = &s
	default:
		faults = append(faults, fmt.Errorf("--scene %q: want cases or plenty", f.scene))
	}
	_, meanings := f.judge.options()
	return stages, plan, scene, errors.Join(append(faults, f.policy.Validate(), f.order.Validate(), meanings)...)
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

// progressLine prints where a stage stands once a second.
func progressLine(log io.Writer, name string) func(scenario.Progress) {
	next := time.Second
	return func(p scenario.Progress) {
		if p.Elapsed < next {
			return
		}
		next = p.Elapsed + time.Second
		fmt.Fprintf(log, "%s: %d of %d, %d success, %d failure, %d retries\n", name, p.Done, p.Asked, p.Success, p.Failure, p.Retries)
	}
}

func reportRun(out io.Writer, run runs.Run, stage string) error {
	stages, err := run.Stages()
	if err != nil {
		return err
	}
	for _, s := range stages {
		if s.Stage == stage {
			printStage(out, s)
		}
	}
	return nil
}

// header is what every request carries.
func header() http.Header {
	h := http.Header{"User-Agent": {"sagalab"}}
	if secret := os.Getenv("SAGALAB_AUTHORIZATION"); secret != "" {
		h.Set("Authorization", secret)
	}
	return h
}
