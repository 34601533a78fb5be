package scenario

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
	"sagalab/pkg/threshold"
)

// execution is a stage that runs.
type execution struct {
	Load
	seed   uint64
	client *purchase.Client
	writer *runs.Writer
	start  time.Time
	guard  *threshold.Guard
	watch  Watch
	batch  []runs.Record

	tally   tally
	results []threshold.Result
}

// execute runs l, which is valid, and records it as a kind of stage.
func execute(ctx context.Context, run runs.Run, to Target, l Load, kind string, watch Watch) (*execution, error) {
	x := &execution{Load: l, seed: to.Seed, watch: watch, guard: threshold.NewGuard(l.Thresholds, l.Stage.Name)}
	x.tally = newTally(l)
	if x.seed == 0 {
		x.seed = rand.Uint64()
	}
	sender, err := x.connect(to)
	if err != nil {
		return x, err
	}
	defer sender.Close()
	x.writer, err = run.Begin(runs.Info{
		Stage: l.Stage.Name, Kind: kind, API: to.Endpoint.String(), Load: l.Stage.String(),
		Requests: l.Stage.Asked(), Workers: l.Stage.Connections(), Policy: to.Config.Policy.String(), Seed: x.seed, Faults: to.faults,
	})
	if err != nil {
		return x, err
	}
	defer collectLess()()
	x.start = time.Now()
	if to.begin != nil {
		to.begin(x.start)
	}
	report, err := load.Run(ctx, l.Stage, x.seed, x.purchase, x.record)
	return x, x.finish(ctx, report, err)
}

// connect makes the client.
func (x *execution) connect(to Target) (*retry.Client, error) {
	to.Config.Connections = x.Stage.Connections()
	to.Config.Rand = rand.New(rand.NewPCG(x.seed, 0))
	sender, err := retry.New(to.Config)
	if err != nil {
		return nil, err
	}
	endpoint := to.Endpoint
	if to.via != "" {
		if endpoint, err = purchase.ParseEndpoint(to.via); err != nil {
			return nil, err
		}
	}
	x.client = purchase.NewClient(endpoint, sender)
	return sender, nil
}

// purchase is what a virtual user does with an arrival.
func (x *execution) purchase(ctx context.Context, a load.Arrival) purchase.Result {
	p := x.Order
	if p.IdempotencyKey == "" {
		p.IdempotencyKey = key(x.seed, x.Stage.Name, a.Index, a.Scheduled)
	}
	return x.client.Purchase(ctx, p)
}

// record keeps what the users measured, then looks at how the stage stands: what
// was measured is on disk before a threshold can stop it.
func (x *execution) record(b load.Batch[purchase.Result]) error {
	x.batch = x.batch[:0]
	for i := range b.Samples {
		s := &b.Samples[i]
		x.batch = append(x.batch, row(x.Stage.Name, x.start, *s))
		x.tally.add(s)
	}
	if err := x.writer.Append(x.batch); err != nil {
		return err
	}
	x.tally.at(b.Started, b.Dropped, b.InFlight, b.Elapsed)
	results, stop := x.guard.Observe(x.tally.soFar(), b.Elapsed)
	if x.watch != nil {
		x.watch(x.tally.snapshot(b.Lag, results))
	}
	return stop
}

// finish ends the recording with how the load ended, err.
func (x *execution) finish(ctx context.Context, report load.Report, err error) error {
	x.tally.end(report.Started, report.Dropped, report.Elapsed)
	x.results = x.guard.Final(x.tally.whole())
	if x.watch != nil {
		x.watch(x.tally.snapshot(report.Lag, x.results))
	}
	warnings := append(report.Warnings(), limitWarnings(x.tally.classes)...)
	x.writer.Describe(func(info *runs.Info) {
		info.Report, info.Warnings, info.Thresholds = &report, warnings, judged(x.results)
	})
	state, detail := runs.Complete, ""
	var aborted *threshold.AbortError
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.As(err, &aborted):
		state, detail = runs.Interrupted, err.Error()
	default:
		state, detail = runs.Aborted, err.Error()
	}
	return errors.Join(err, x.writer.Finish(state, detail))
}

func judged(results []threshold.Result) (rows []runs.Judged) {
	for _, r := range results {
		rows = append(rows, runs.Judged{Threshold: r.Threshold.String(), Value: r.Text(), Verdict: string(r.Verdict), Note: r.Note})
	}
	return rows
}
