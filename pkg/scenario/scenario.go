// Package scenario runs stages of purchases: the schedule's arrivals become
// purchases, their attempts become rows of a run on disk. It is the one way from
// a schedule to rows, for a notebook's cell and for the command line alike.
package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Target is a service and how it is called.
type Target struct {
	Endpoint purchase.Endpoint
	// Config is the retry client's; Connections is set to the stage's workers.
	Config retry.Config
	// Seed is where the keys' random part and the jitter come from; 0 draws one,
	// which the run's stage.json has.
	Seed uint64

	via    string          // where requests are sent instead, "" for the endpoint itself
	faults json.RawMessage // what happens on that way
	begin  func(time.Time) // told when the first request is about to be sent; may be nil
}

// Progress is where a running stage stands.
type Progress struct {
	Asked, Done, Success, Failure, Retries int
	Elapsed                                time.Duration
}

// ErrInterrupted is the cause to end a stage's context with when a person
// stopped it.
var ErrInterrupted = errors.New("interrupted")

// Stage runs a stage of load, every purchase a copy of order under a key of its
// own, and records it in run. watch, which may be nil, is told of the progress
// ten times a second.
//
// What is wrong with the stage, the order or the policy is refused before
// anything is sent or recorded. When ctx ends, what was recorded until then is
// finished as interrupted and the cause is returned.
func Stage(ctx context.Context, run runs.Run, to Target, stage load.Stage, order purchase.Request, watch func(Progress)) error {
	if err := checkOrder(stage, order); err != nil {
		return err
	}
	_, err := execute(ctx, run, to, stage, runs.Load, order, watch)
	return err
}

// Case runs one purchase and records it in run under a name.
func Case(ctx context.Context, run runs.Run, to Target, name string, order purchase.Request) (purchase.Result, error) {
	stage := load.Stage{Name: name, Requests: 1, Workers: 1}
	if err := errors.Join(stage.Validate(), order.Validate()); err != nil {
		return purchase.Result{}, fmt.Errorf("case %q: %w", name, err)
	}
	return execute(ctx, run, to, stage, runs.Case, order, nil)
}

func execute(ctx context.Context, run runs.Run, to Target, stage load.Stage, kind string, order purchase.Request, watch func(Progress)) (last purchase.Result, err error) {
	seed := to.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	to.Config.Connections = stage.Connections()
	to.Config.Rand = rand.New(rand.NewPCG(seed, 0))
	sender, err := retry.New(to.Config)
	if err != nil {
		return last, err
	}
	defer sender.Close()
	endpoint := to.Endpoint
	if to.via != "" {
		if endpoint, err = purchase.ParseEndpoint(to.via); err != nil {
			return last, err
		}
	}
	client := purchase.NewClient(endpoint, sender)

	w, err := run.Begin(runs.Info{
		Stage: stage.Name, Kind: kind, API: to.Endpoint.String(),
		Requests: stage.Asked(), Workers: stage.Workers, Policy: to.Config.Policy.String(), Seed: seed, Faults: to.faults,
	})
	if err != nil {
		return last, err
	}
	progress := Progress{Asked: stage.Asked()}
	start := time.Now()
	if to.begin != nil {
		to.begin(start)
	}
	var batch []runs.Record
	_, err = load.Run(ctx, stage, seed, func(ctx context.Context, a load.Arrival) purchase.Result {
		p := order
		if p.IdempotencyKey == "" {
			p.IdempotencyKey = key(seed, stage.Name, a.Index, a.Scheduled)
		}
		return client.Purchase(ctx, p)
	}, func(b load.Batch[purchase.Result]) error {
		batch = batch[:0]
		for _, s := range b.Samples {
			batch = append(batch, row(stage.Name, start, s))
			progress.add(s.Value)
			last = s.Value
		}
		if err := w.Append(batch); err != nil {
			return err
		}
		if progress.Elapsed = time.Since(start); watch != nil {
			watch(progress)
		}
		return nil
	})
	return last, finish(ctx, w, err)
}

func (p *Progress) add(r purchase.Result) {
	p.Done++
	if r.Success() {
		p.Success++
	} else {
		p.Failure++
	}
	p.Retries += max(0, len(r.Operation.Attempts)-1)
}

// finish ends the recording with how the load ended, err.
func finish(ctx context.Context, w *runs.Writer, err error) error {
	state, detail := runs.Complete, ""
	switch {
	case err == nil:
	case ctx.Err() != nil:
		state, detail = runs.Interrupted, err.Error()
	default:
		state, detail = runs.Aborted, err.Error()
	}
	return errors.Join(err, w.Finish(state, detail))
}
