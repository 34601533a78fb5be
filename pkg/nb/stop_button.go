package nb

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// interruptible returns a context that ends when the notebook's stop button is
// pressed. The button sends SIGINT, and SIGKILL 5 s later: what the context
// bounds has that long to keep its records. The function that it returns restores
// the default handling of signals.
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

// withCurrentRun runs f, which is the cell of what, when the interlock of the
// current run allows it, with a context that ends at the stop button. It records
// when f was interrupted, so that "Run All" does not go on to the next stage. Before the first
// purchase of the run it reads the state, of what the buyers of so many purchases buy
// (readBefore).
func (l Lab) withCurrentRun(what string, buyers purchase.Buyers, purchases int, f func(context.Context, runs.Run, runner.Target) error) error {
	run, err := l.current()
	if err != nil {
		return err
	}
	to, err := l.target()
	if err != nil {
		return err
	}
	return runInterlocked(run, what, func() (bool, error) {
		ctx, stop := interruptible()
		defer stop()
		err := readBefore(ctx, run, to, buyers, purchases)
		if err == nil {
			err = f(ctx, run, to)
		}
		return ctx.Err() != nil, err
	})
}
