package observe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// CollectUnstored collects what an audit needs of stages that are in memory alone, as
// CollectEvidence does of a run: it sets the state after e.Stages, and adds its orders one by
// one. e has the rest, such as the fixture. every is the wait between two reads, at least.
func CollectUnstored(ctx context.Context, c *purchase.Client, e *audit.Evidence, of Subjects, settle, every time.Duration) error {
	q := newQuiescence(ctx, c, newAcknowledged(e.Stages, e.Before), settle)
	q.every = every
	after, err := q.read(ctx, of)
	if err != nil {
		return fmt.Errorf("reading the state of the service: %w", err)
	}
	singles, err := readSingleOrders(ctx, c, after, e.Stages, singlesCertain(e, after, settle))
	if err != nil {
		return fmt.Errorf("reading single orders: %w", err)
	}
	e.Samples = append(e.Samples, singles...)
	e.After = orNil(after)
	return nil
}

// AskAgainUnstored is AskAgain for evidence that CollectUnstored collected: nothing is recorded.
// Why no purchase may be asked again is in e.NotAskedAgain, and no error.
func AskAgainUnstored(ctx context.Context, c *purchase.Client, e *audit.Evidence, n int, settle time.Duration) error {
	if !purchase.OffersOf(c.Adapter()).Keys {
		e.NotAskedAgain = "the service is asked without keys, and would buy again"
		return nil
	}
	requests, err := drawRepeats(e, n, time.Now())
	if errors.Is(err, ErrNotAskedAgain) {
		e.NotAskedAgain = "no purchase may be asked again: " + strings.TrimPrefix(err.Error(), ErrNotAskedAgain.Error()+": ")
		return nil
	}
	if err != nil || len(requests) == 0 {
		return err
	}
	a := asking{client: c, until: deadlineAfter(newAcknowledged(e.Stages, nil).last, settle, time.Now()), limit: time.Now().Add(settle)}
	repeats := a.askAll(ctx, requests)
	e.AskedAgain = append(e.AskedAgain, repeats...)
	e.NotAskedAgain = a.noAnswer(repeats)
	return context.Cause(ctx)
}
