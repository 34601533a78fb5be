package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
	"sagalab/pkg/scenario"
)

// interruptible is a context that the notebook's stop button ends: it sends an
// interrupt, and kills the cell's program 5 s later.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(scenario.ErrInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// Case runs one purchase, prints how it ended and records it under name.
func (l Lab) Case(name string, order purchase.Request) { done(l.runCase(name, order)) }

func (l Lab) runCase(name string, order purchase.Request) error {
	return l.guarded(name, func(ctx context.Context, run runs.Run, to scenario.Target) error {
		say("--- Running test case: %s ---\n", name)
		to.Config.OnRetry = sayRetry(to.Config.Policy)
		result, err := scenario.Case(ctx, run, to, name, order)
		if err != nil {
			return err
		}
		say("Case=%s success=%v status=%d latency_ms=%.0f message=%s\n", name, result.Success(), result.Status,
			result.Operation.Service().Seconds()*1000, result.Message())
		return nil
	})
}

// Stage runs requests purchases shared by workers virtual users, each a copy of
// order under a key of its own, shows the progress in place, and records them
// under name. Interrupting it keeps what was recorded.
func (l Lab) Stage(name string, requests, workers int, order purchase.Request) {
	done(l.runStage(load.Stage{Name: name, Requests: requests, Workers: workers}, order))
}

func (l Lab) runStage(stage load.Stage, order purchase.Request) error {
	return l.guarded(stage.Name, func(ctx context.Context, run runs.Run, to scenario.Target) error {
		if stage.Workers > stage.Requests && stage.Requests > 0 {
			say("Stage %s: %d workers share %d requests, so only %d have something to do\n", stage.Name, stage.Workers, stage.Requests, stage.Requests)
		}
		line := newLiveLine()
		err := scenario.Stage(ctx, run, to, stage, order, line.progress(stage.Name))
		line.end()
		return sayStage(run, stage, err)
	})
}

// progress shows where the stage stands.
func (l *liveLine) progress(stage string) func(scenario.Progress) {
	return func(p scenario.Progress) {
		l.update(fmt.Sprintf("Stage %s: %d of %d requests, %d success, %d failure, %d retries, %.1f s", stage,
			p.Done, p.Asked, p.Success, p.Failure, p.Retries, p.Elapsed.Seconds()))
	}
}

// sayStage says how a stage ended, from what is on disk.
func sayStage(run runs.Run, stage load.Stage, err error) error {
	if err != nil && !errors.Is(err, scenario.ErrInterrupted) {
		return err
	}
	stages, readErr := run.Stages()
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	for _, s := range stages {
		if s.Stage != stage.Name {
			continue
		}
		sum := runs.Summarize(s)
		if err != nil {
			return fmt.Errorf("stage %s was interrupted: %d of %d requests are recorded and kept (success=%d failure=%d, of which %d were cut off by the interrupt); run this cell again for a whole one",
				s.Stage, sum.Requests, sum.Asked, sum.Success, sum.Failure, cutOff(s))
		}
		say("Stage %s completed: success=%d failure=%d\n", s.Stage, sum.Success, sum.Failure)
		if w := sum.Warning(); w != "" {
			say("Note: %s\n", w)
		}
	}
	return nil
}

// cutOff counts the purchases that were under way when the stage was stopped.
func cutOff(s runs.Stage) (n int) {
	for _, op := range s.Operations {
		if op.Reason == string(retry.Interrupted) || op.Reason == "not_sent" {
			n++
		}
	}
	return n
}

// guarded runs f under the gate of the current run, with a context that ends on
// an interrupt.
func (l Lab) guarded(what string, f func(context.Context, runs.Run, scenario.Target) error) error {
	run, err := l.current()
	if err != nil {
		return err
	}
	to, err := l.target()
	if err != nil {
		return err
	}
	return guarded(run, what, func() (bool, error) {
		ctx, stop := interruptible()
		defer stop()
		err := f(ctx, run, to)
		return ctx.Err() != nil, err
	})
}

// sayRetry prints the original notebook's line for each retry.
func sayRetry(p retry.Policy) func(retry.Attempt, time.Duration) {
	return func(failed retry.Attempt, wait time.Duration) {
		kind := "Temporary server error"
		if failed.Class != "" {
			kind = "No answer"
		}
		say("%s (%s), retry %d/%d after %v\n", kind, failed, failed.Number, p.MaxAttempts, wait)
	}
}
