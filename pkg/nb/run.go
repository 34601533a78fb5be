package nb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sagalab/pkg/frame"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// interruptible is a context that the notebook's stop button ends: it sends an
// interrupt, and kills the cell's program 5 s later.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(runner.ErrInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// Case runs one purchase, prints how it ended and records it under name.
func (l Lab) Case(name string, order purchase.Request) { done(l.runCase(name, order)) }

func (l Lab) runCase(name string, order purchase.Request) error {
	return l.guarded(name, func(ctx context.Context, run runs.Run, to runner.Target) error {
		say("--- Running test case: %s ---\n", name)
		to.Config.OnRetry = sayRetry(to.Config.Policy)
		result, err := runner.Case(ctx, run, to, name, order)
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
	done(l.load(load.Stage{Name: name, Requests: requests, VUs: workers}, order, nil))
}

// Load runs a stage of any kind of load like Stage does. Thresholds are such as
// "p99 < 500ms" or "error_ratio < 1% abort" (package threshold); how they were
// answered is shown as a table.
func (l Lab) Load(stage load.Stage, order purchase.Request, thresholds ...string) {
	done(l.load(stage, order, thresholds))
}

func (l Lab) load(stage load.Stage, order purchase.Request, thresholds []string) error {
	judges, err := threshold.ParseAll(thresholds, []string{stage.Name})
	if err := errors.Join(stage.Validate(), err); err != nil {
		return err
	}
	return l.guarded(stage.Name, func(ctx context.Context, run runs.Run, to runner.Target) error {
		if stage.VUs > stage.Requests && !stage.PerUser && stage.Requests > 0 {
			say("Stage %s: %d workers share %d requests, so only %d have something to do\n", stage.Name, stage.VUs, stage.Requests, stage.Requests)
		}
		sayExpected(stage)
		view := newLiveView()
		_, err := runner.Load{Stage: stage, Order: order, Thresholds: judges}.Run(ctx, run, to, view.show)
		view.end()
		return sayStage(run, stage.Name, err)
	})
}

// sayExpected says what a large stage will take, before it runs.
func sayExpected(stage load.Stage) {
	if n := stage.Asked(); n >= runs.Large {
		say("Stage %s of %d requests will take %s\n", stage.Name, n, runs.Expect(n, 1))
		say("A cell that reads its rows takes about %d MB\n", runs.Expect(n, 1).Rows/1e6)
	}
}

// sayStage says how a stage ended, from what is on disk: as the command line does, a
// line with why purchases failed, each with an example, and what not to rely on. That
// a threshold stopped it is an answer, not an error.
func sayStage(run runs.Run, stage string, err error) error {
	var aborted *threshold.AbortError
	if err != nil && !errors.Is(err, runner.ErrInterrupted) && !errors.As(err, &aborted) {
		return err
	}
	found, readErr := run.Overviews(stage)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	if len(found) == 0 {
		return err
	}
	o := found[0]
	sum := o.Summary
	if err != nil && aborted == nil {
		return fmt.Errorf("stage %s was interrupted: %d of %d requests are recorded and kept (success=%d failure=%d, of which %d were cut off by the interrupt); run this cell again for a whole one",
			sum.Stage, sum.Requests, sum.Asked, sum.Success, sum.Failure, cutOff(o.Reasons))
	}
	if aborted != nil {
		say("%s\n", sentence(aborted.Error()))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Stage %s %s: success=%d failure=%d%s\n", sum.Stage, how(sum.State, aborted != nil), sum.Success, sum.Failure, dropped(sum.Dropped))
	for _, line := range o.Failures() {
		fmt.Fprintf(&text, "  %s\n", line)
	}
	for _, w := range o.Warnings() {
		fmt.Fprintf(&text, "Note: %s\n", w)
	}
	say("%s", text.String())
	if len(o.Info.Thresholds) > 0 {
		Table(frame.Thresholds(o))
	}
	return nil
}

// how says how a stage ended.
func how(state string, stopped bool) string {
	switch {
	case stopped:
		return "stopped"
	case state == runs.Complete:
		return "completed"
	}
	return state
}

func dropped(n int) string {
	if n > 0 {
		return fmt.Sprintf(" dropped=%d", n)
	}
	return ""
}

// sentence begins with a capital letter.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// cutOff counts the purchases that were under way when the stage was stopped.
func cutOff(reasons []runs.Reason) (n int) {
	for _, r := range reasons {
		if r.Name == string(retry.Interrupted) || r.Name == "not_sent" {
			n += r.Count
		}
	}
	return n
}

// guarded runs f under the gate of the current run, with a context that ends on
// an interrupt.
func (l Lab) guarded(what string, f func(context.Context, runs.Run, runner.Target) error) error {
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

// sayRetry prints a line for each attempt that failed and is followed by another.
func sayRetry(p retry.Policy) func(retry.Attempt, time.Duration) {
	return func(failed retry.Attempt, wait time.Duration) {
		kind := "Temporary server error"
		if failed.Class != "" {
			kind = "No answer"
		}
		say("%s (%s): attempt %d of %d failed, next after %v\n", kind, failed, failed.Number, p.MaxAttempts, wait)
	}
}
