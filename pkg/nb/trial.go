package nb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/fault"
	"sagalab/pkg/figure"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Trial is a stage with faults that are injected on purpose, to be audited afterwards.
type Trial struct {
	Stage load.Stage
	// Order is what each purchase is a copy of, under a key of its own, or buyers that draw
	// what each one buys, as in Lab.Stage.
	Order purchase.Buyers
	// Policy is how purchases are retried; the zero value means the lab's.
	Policy retry.Policy
	// Faults is the plan of faults; the zero value injects none. With the same Faults.Seed and the
	// same Seed the same purchases meet the same faults.
	Faults fault.Plan
	// Seed draws the idempotency keys, by which a fault draws its requests, and the jitter of
	// waits; 0 draws one, which is recorded.
	Seed uint64
	// Thresholds are as in Lab.Load.
	Thresholds []string
	// Fleet sends the load, this cell's own process when it is the zero value. Faults
	// cannot be done to load that others send.
	Fleet Fleet
}

// Trial runs a stage like Stage does, with faults between the client and the
// service, and looks at the service's values all the while. Without faults the
// requests go straight to the service. It returns the stage like Stage does.
func (l Lab) Trial(t Trial) RecordedStage {
	exitOnError(refuseInitialiser(t.Stage.Name))
	exitOnError(l.trial(t))
	return l.ended(t.Stage.Name)
}

func (l Lab) trial(t Trial) error {
	judges, err := threshold.ParseAll(t.Thresholds, []string{t.Stage.Name})
	if err := errors.Join(err, t.Faults.Validate()); err != nil {
		return err
	}
	return l.withCurrentRun(t.Stage.Name, t.Order, t.Stage.Planned(), func(ctx context.Context, run runs.Run, to runner.Target) error {
		if t.Policy.MaxAttempts != 0 || t.Policy.AttemptTimeout != 0 {
			to.Config.Policy = t.Policy
		}
		to.Seed = t.Seed
		loadID := runner.NewLoadID()
		from, err := t.Fleet.source(to, t, loadID)
		if err != nil {
			return err
		}
		if from == nil { // this process sends
			loadID = ""
		}
		view := newLiveView()
		trial := runner.Trial{From: from,
			Load:   runner.Load{Stage: t.Stage, Buyers: t.Order, Thresholds: judges, LoadID: loadID},
			Faults: t.Faults, Process: l.process,
		}
		counts, _, err := trial.Run(ctx, run, to, view.show)
		view.end()
		if err == nil || counts.Windows != nil { // else it was refused before anything was sent
			printFaults(t.Faults, counts)
		}
		return printStageEnd(run, t.Stage.Name, err)
	})
}

// printFaults prints how often each fault of a plan was injected, also when none was; the
// reason is among the stage's notes (printStageEnd).
func printFaults(p fault.Plan, c fault.Counts) {
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(c.Faults)) {
		words = append(words, fmt.Sprintf("%s %d times", kind, c.Faults[kind]))
	}
	for i, w := range c.Windows {
		if kind := p.Windows[i].Fault; w.Taken > 0 && c.Faults[kind] == 0 { // of connections or of the process
			words = append(words, fmt.Sprintf("%s met %d attempts", kind, w.Taken))
		}
	}
	switch {
	case len(words) > 0:
		printf("Faults: %s, in %d requests\n", strings.Join(words, ", "), c.Requests)
	case len(p.Windows) > 0:
		printf("Faults: none was injected, in %d requests\n", c.Requests)
	}
}

// OwnService starts the reference service as a process of the cell's own, which
// a trial's kill windows may end and start again, applies the fixture, and calls f
// with a lab of it. Options are those of `sagalab serve`, such as
// "--trouble=delay=20ms". The service is gone when the cell ends.
func (l Lab) OwnService(fixture purchase.Fixture, f func(own Lab), options ...string) {
	exitOnError(l.ownService(fixture, f, options))
}

func (l Lab) ownService(fixture purchase.Fixture, f func(own Lab), options []string) error {
	program, err := programPath()
	if err != nil {
		return fmt.Errorf("the reference service cannot be started: %w", err)
	}
	address, err := fault.FreeAddress()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sagalab-service-")
	if err != nil {
		return err
	}
	end := func() { os.RemoveAll(dir) }
	defer func() { end() }()
	ctx, stop := interruptible()
	defer stop()
	process, err := fault.StartProcess(ctx, fault.ProcessConfig{
		Command: append([]string{program, "serve", "--lab", "--addr", address, "--db", dir + "/shop.db"}, options...),
		Health:  "http://" + address + "/health",
	})
	if err != nil {
		return err
	}
	end = func() { process.Stop(); os.RemoveAll(dir) }
	atExit = append(atExit, func() { end() })
	own := l
	own.API, own.process = "http://"+address, process
	printf("Started a reference service for this cell, as a process of its own\n")
	if err := own.applyFixture("of the process", fixture); err != nil {
		return err
	}
	f(own)
	return nil
}

// programPath is the command line's executable.
func programPath() (string, error) {
	if p := os.Getenv("SAGALAB_PROGRAM"); p != "" {
		return p, nil
	}
	return "", errors.New("start this notebook with `sagalab run` or `sagalab lab`, which say where the program is (SAGALAB_PROGRAM)")
}

// Shade is the plan's windows as what figures shade.
func Shade(p fault.Plan) []figure.Span {
	spans := make([]figure.Span, len(p.Windows))
	for i, w := range p.Windows {
		spans[i] = figure.Span{From: w.From, To: w.To, Label: string(w.Fault)}
	}
	return spans
}

// Recoveries prints for each stage the time from the end of the plan's last window
// until as much was confirmed again as before its first one.
func Recoveries(stages []runs.Stage, p fault.Plan) {
	if len(p.Windows) == 0 {
		exitOnError(errors.New("recovery: the plan has no window to recover from"))
	}
	from, to := p.Windows[0].From, p.Windows[0].To
	for _, w := range p.Windows {
		from, to = min(from, w.From), max(to, w.To)
	}
	for _, s := range stages {
		r, err := recovery(s, from, to)
		exitOnError(err)
		printf("%s: %s\n", s.Stage, r)
	}
}

func recovery(s runs.Stage, from, to time.Duration) (r compare.Recovery, err error) {
	defer runs.CatchDamage(&err)
	return compare.TimeToRecover(s, from, to), nil
}
