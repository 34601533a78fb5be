package nb

import (
	"context"
	"time"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Case runs one purchase, prints how it ended and records it under name.
func (l Lab) Case(name string, order purchase.Request) { exitOnError(l.runCase(name, order)) }

func (l Lab) runCase(name string, order purchase.Request) error {
	return l.withCurrentRun(name, order, 1, func(ctx context.Context, run runs.Run, to runner.Target) error {
		printf("--- Running test case: %s ---\n", name)
		to.Config.OnRetry = printRetry(to.Config.Policy)
		result, err := runner.RunCase(ctx, run, to, name, order)
		if err != nil {
			return err
		}
		printf("Case=%s success=%v status=%d latency_ms=%.0f message=%s\n", name, result.Success(), result.Status,
			latencyOf(result).Seconds()*1000, result.Message())
		if l.Adapter != nil {
			printf("  understood: %s\n", understood(result))
		}
		return nil
	})
}

// latencyOf returns the time in attempts of a purchase of one request, and of one that takes more
// all of it, as its row has it: steps, logins, polls and the waits between.
func latencyOf(r purchase.Result) time.Duration {
	first := r.Operation.Attempts
	if len(first) == 0 || len(r.Others) == 0 && r.Steps <= 1 {
		return r.Operation.Service()
	}
	begun := first[0].Start
	if len(r.Others) > 0 && r.Others[0].Attempt.Start.Before(begun) {
		begun = r.Others[0].Attempt.Start
	}
	return r.LastEnd().Sub(begun)
}

// understood says what an adapter made of the last answer to a purchase.
func understood(r purchase.Result) string {
	text := r.Answer.Meaning.String()
	if len(r.Operation.Attempts) == 0 {
		return "nothing was sent"
	}
	for _, more := range []struct{ name, value string }{{"reason", r.Reason}, {"order", r.OrderID}} {
		if more.value != "" {
			text += ", " + more.name + " " + printable.Line(more.value)
		}
	}
	return text
}

// printRetry prints a line for each attempt that failed and is followed by another.
func printRetry(p retry.Policy) func(retry.Attempt, time.Duration) {
	return func(failed retry.Attempt, wait time.Duration) {
		kind := "Temporary server error"
		if failed.Class != "" {
			kind = "No answer"
		}
		printf("%s (%s): attempt %d of %d failed, next after %v\n", kind, failed, failed.Number, p.MaxAttempts, wait)
	}
}
