package nb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

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

// Trial is a stage that something goes wrong in on purpose, to be audited
// afterwards.
type Trial struct {
	Stage load.Stage
	// Order is what each purchase is a copy of, under a key of its own.
	Order purchase.Request
	// Policy is how purchases are retried; the zero value means the lab's.
	Policy retry.Policy
	// Faults is what goes wrong when; the zero value nothing. The same seed, here
	// and in Seed, gives the same faults.
	Faults fault.Plan
	Seed   uint64
	// Thresholds are as in Lab.Load.
	Thresholds []string
	// Fleet sends the load, this cell's own process when it is the zero value. Faults
	// cannot be done to load that others send.
	Fleet Fleet
}

// Trial runs a stage like Stage does, with faults between the client and the
// service, and looks at the service's values all the while. Without faults the
// requests go straight to the service.
func (l Lab) Trial(t Trial) { done(l.trial(t)) }

func (l Lab) trial(t Trial) error {
	judges, err := threshold.ParseAll(t.Thresholds, []string{t.Stage.Name})
	if err := errors.Join(t.Stage.Validate(), err); err != nil {
		return err
	}
	return l.guarded(t.Stage.Name, func(ctx context.Context, run runs.Run, to runner.Target) error {
		if t.Policy.MaxAttempts != 0 || t.Policy.AttemptTimeout != 0 {
			to.Config.Policy = t.Policy
		}
		to.Seed = t.Seed
		from, err := t.Fleet.source(to, t)
		if err != nil {
			return err
		}
		view := newLiveView()
		trial := runner.Trial{From: from,
			Load:   runner.Load{Stage: t.Stage, Order: t.Order, Thresholds: judges},
			Faults: t.Faults, Process: l.process,
		}
		counts, _, err := trial.Run(ctx, run, to, view.show)
		view.end()
		sayFaults(t.Faults, counts)
		return sayStage(run, t.Stage.Name, err)
	})
}

// sayFaults says what the faults of a plan did, also that they did nothing; why is
// among the stage's notes (sayStage).
func sayFaults(p fault.Plan, c fault.Counts) {
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
		say("Faults: %s, of %d requests\n", strings.Join(words, ", "), c.Requests)
	case len(p.Windows) > 0:
		say("Faults: none was done, of %d requests\n", c.Requests)
	}
}

// OwnService starts the reference service as a process of the cell's own, which
// a trial's kill windows may end and start again, sets the scene, and calls f
// with a lab of it. Options are those of `sagalab serve`, such as
// "--trouble=delay=20ms". The service is gone when the cell ends.
func (l Lab) OwnService(scene purchase.Scene, f func(own Lab), options ...string) {
	done(l.ownService(scene, f, options))
}

func (l Lab) ownService(scene purchase.Scene, f func(own Lab), options []string) error {
	program, err := program()
	if err != nil {
		return fmt.Errorf("no service of the cell's own: %w", err)
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
	say("A service of this cell's own runs as a process\n")
	if err := own.scene("for the process", scene); err != nil {
		return err
	}
	f(own)
	return nil
}

// program is the command line's executable.
func program() (string, error) {
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

// Recoveries says for each stage how long it took after the plan's last window
// until as much was confirmed again as before its first one.
func Recoveries(stages []runs.Stage, p fault.Plan) {
	if len(p.Windows) == 0 {
		done(errors.New("recovery: the plan has no window to recover from"))
	}
	from, to := p.Windows[0].From, p.Windows[0].To
	for _, w := range p.Windows {
		from, to = min(from, w.From), max(to, w.To)
	}
	for _, s := range stages {
		say("%s: %s\n", s.Stage, compare.TimeToRecover(s, from, to))
	}
}
