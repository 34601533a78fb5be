// Package scenario runs stages of purchases: the schedule's arrivals become
// purchases, their attempts become rows of a run on disk. It is the one way from
// a schedule to rows, for a notebook's cell and for the command line alike.
package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Target is a service and how it is called.
type Target struct {
	Endpoint purchase.Endpoint
	// Config is the retry client's; Connections is set to what the stage needs.
	Config retry.Config
	// Seed is where the schedule, the keys' random part and the jitter come from; 0
	// draws one, which the run's stage.json has.
	Seed uint64

	faults *faultChain // what requests go through instead of straight to the endpoint; may be nil
}

// ErrInterrupted is the cause to end a stage's context with when a person
// stopped it.
var ErrInterrupted = errors.New("interrupted")

// Load is a stage of load: its schedule, what is bought, and what it is judged by.
type Load struct {
	Stage load.Stage
	// Order is copied for each purchase, under a key of its own.
	Order purchase.Request
	// Thresholds that name another stage are passed over.
	Thresholds []threshold.Threshold
	// Search names the search for a capacity that the load is a probe of, "" for none.
	Search string
}

// Watch is told where a running stage stands, ten times a second and at its end;
// it must not block.
type Watch func(live.Snapshot)

// Run executes the load and records it in run. watch may be nil. The results are
// of the thresholds, over every operation that ended.
//
// What is wrong with the stage, the order or the policy is refused before
// anything is sent or recorded. When ctx ends, what was recorded until then is
// finished as interrupted and the cause is returned. A threshold that stops the
// stage does the same; the error then is a *threshold.AbortError.
func (l Load) Run(ctx context.Context, run runs.Run, to Target, watch Watch) ([]threshold.Result, error) {
	x, _, err := l.send(ctx, run, to, runs.Load, watch)
	if x == nil {
		return nil, err
	}
	return x.results, err
}

// Gather records the load like Run, but from a source elsewhere, which gets the
// stage's seed. Of to only what the run says of itself is used.
func (l Load) Gather(ctx context.Context, run runs.Run, to Target, watch Watch, source Source) ([]threshold.Result, error) {
	x, err := l.gather(ctx, run, to, watch, source)
	if x == nil {
		return nil, err
	}
	return x.results, err
}

// gather records what source sends; x is nil when the load was refused.
func (l Load) gather(ctx context.Context, run runs.Run, to Target, watch Watch, source Source) (x *recording, err error) {
	if err := errors.Join(l.check(), to.Config.Policy.Validate()); err != nil {
		return nil, err
	}
	return execute(ctx, run, to.seeded(), l, runs.Load, watch, source)
}

// send records what this process sends; x is nil when the load was refused.
func (l Load) send(ctx context.Context, run runs.Run, to Target, kind string, watch Watch) (x *recording, s *Sender, err error) {
	to = to.seeded()
	s, err = NewSender(l, load.Share{}, to)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	x, err = execute(ctx, run, to, l, kind, watch, func(ctx context.Context, _ uint64, record func(Batch) error) (Ended, error) {
		report, err := s.Run(ctx, time.Time{}, record)
		return Ended{Report: report}, err
	})
	return x, s, err
}

func (l Load) check() error {
	err := errors.Join(l.Stage.Validate(), l.Order.Validate())
	for _, t := range l.Thresholds {
		err = errors.Join(err, t.Validate())
	}
	if l.Order.IdempotencyKey != "" && (l.Stage.Requests != 1 || l.Stage.PerUser) {
		err = errors.Join(err, fmt.Errorf("stage %q: the order has the idempotency key %q, which would make its purchases one; leave it empty", l.Stage.Name, l.Order.IdempotencyKey))
	}
	return err
}

// Case runs one purchase and records it in run under a name.
func Case(ctx context.Context, run runs.Run, to Target, name string, order purchase.Request) (purchase.Result, error) {
	l := Load{Stage: load.Stage{Name: name, Requests: 1, VUs: 1}, Order: order}
	_, s, err := l.send(ctx, run, to, runs.Case, nil)
	if s == nil {
		return purchase.Result{}, fmt.Errorf("case %q: %w", name, err)
	}
	return s.last, err
}
