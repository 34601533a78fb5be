package runner

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Source is where the records of a stage come from: from this process, which sends
// the purchases itself, or from a fleet. It hands on batches, never two at a time,
// and returns when no more will come. An error of record ends the stage.
type Source func(ctx context.Context, seed uint64, record func(Batch) error) (Ended, error)

// Ended is how a source's stage was executed.
type Ended struct {
	load.Report
	// Start is when the first purchase was due, zero for the moment at which
	// recording began.
	Start time.Time
	// Shares is who sent it, when it was divided.
	Shares []runs.Share
	// Warnings are in addition to the report's, or in their place when it was divided.
	Warnings []string
}

// LostError says that a part of a stage is not recorded: whoever sent it is gone.
// What was recorded is kept.
type LostError struct {
	// Lost is how many operations of the plan are neither recorded nor dropped.
	Lost int
	// Text is the whole sentence.
	Text string
}

// Error is the sentence.
func (e *LostError) Error() string { return e.Text }

// execution is a stage that is being recorded.
type execution struct {
	Load
	writer *runs.Writer
	guard  *threshold.Guard
	watch  Watch
	way    *way // nil without faults

	tally   tally
	results []threshold.Result
}

// execute records what source sends of l, which is valid, as a kind of stage.
func execute(ctx context.Context, run runs.Run, to Target, l Load, kind string, watch Watch, source Source) (*execution, error) {
	x := &execution{Load: l, watch: watch, way: to.way, guard: threshold.NewGuard(l.Thresholds, l.Stage.Name), tally: newTally(l)}
	info := runs.Info{
		Stage: l.Stage.Name, Kind: kind, API: to.Endpoint.String(), Load: l.Stage.String(),
		Order: bought(l.Order), Search: l.Search,
		Requests: l.Stage.Asked(), Workers: l.Stage.Connections(), Policy: to.Config.Policy.String(), Seed: to.Seed,
	}
	if x.way != nil {
		info.Faults = x.way.text
	}
	baseline, err := observe.LoadBaseline(run)
	if err != nil {
		return x, err
	}
	info.Fixture = baseline.Description()
	if x.writer, err = run.Begin(info); err != nil {
		return x, err
	}
	ended, err := source(ctx, to.Seed, x.record)
	return x, x.finish(ctx, ended, err)
}

// bought is what a stage's operations buy, without the key, which each has its own of.
func bought(order purchase.Request) *purchase.Request {
	order.IdempotencyKey = ""
	return &order
}

// seeded is a target with a seed.
func (to Target) seeded() Target {
	for to.Seed == 0 {
		to.Seed = rand.Uint64()
	}
	return to
}

// record keeps what was measured, then looks at how the stage stands: what was
// measured is on disk before a threshold can stop it.
func (x *execution) record(b Batch) error {
	if err := x.writer.Append(b.Records); err != nil {
		return err
	}
	for i := range b.Records {
		x.tally.add(&b.Records[i])
	}
	if x.way != nil {
		x.way.count(b.Records)
	}
	x.tally.at(b.Started, b.Dropped, b.InFlight, b.Elapsed)
	results, stop := x.guard.Observe(x.tally.soFar(), b.Elapsed)
	if x.watch != nil {
		x.watch(x.tally.snapshot(b.Lag, results))
	}
	return stop
}

// finish ends the recording with how the load ended, err.
func (x *execution) finish(ctx context.Context, ended Ended, err error) error {
	x.tally.end(ended.Started, ended.Dropped, ended.Elapsed)
	x.results = x.guard.Final(x.tally.whole(x.Stage, err == nil))
	warnings, limits := ended.Warnings, []string(nil)
	if ended.Shares == nil { // a fleet has told its workers', and the limits of this machine are not theirs
		var met []string
		met, limits = limitWarnings(x.tally.classes)
		warnings = slices.Concat(ended.Report.Warnings(), met, warnings)
	}
	windows, untested := x.endFaults(ended.Elapsed)
	warnings = append(untested, warnings...)
	x.writer.Describe(func(info *runs.Info) {
		if !ended.Start.IsZero() {
			info.Started = ended.Start
		}
		info.Report, info.Shares, info.Warnings, info.Limits, info.Thresholds = &ended.Report, ended.Shares, warnings, limits, judged(x.results)
		info.FaultWindows = windows
	})
	state, detail := runs.Complete, ""
	var aborted *threshold.AbortError
	var lost *LostError
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.As(err, &aborted), errors.As(err, &lost):
		state, detail = runs.Interrupted, err.Error()
	default:
		state, detail = runs.Aborted, err.Error()
	}
	err = errors.Join(err, x.writer.Finish(state, detail))
	x.showEnd(ended.Lag)
	return err
}

// showEnd shows how the stage stands at its end. What is said of it from then on
// comes from its rows, so that this does, too: the percentiles of the tally are off
// by up to load.HistogramError.
func (x *execution) showEnd(lag load.Lag) {
	if x.watch == nil {
		return
	}
	s := x.tally.snapshot(lag, x.results)
	if o, err := x.writer.Overview(); err == nil { // the tally's, when the rows cannot be read
		sum := o.Summary
		s.P50, s.P90, s.P99 = sum.P50, sum.P90, sum.P99
		s.Recent.P50, s.Recent.P99, s.Recent.Rate = sum.P50, sum.P99, sum.RequestsPerSecond
		s.Elapsed = time.Duration(sum.Seconds * float64(time.Second))
	}
	x.watch(s)
}

// endFaults ends the faults of a load that took so long, and says what they did and
// which of them tested nothing.
func (x *execution) endFaults(elapsed time.Duration) (windows []runs.FaultWindow, untested []string) {
	if x.way == nil {
		return nil, nil
	}
	windows, lastEnd := x.way.end()
	return windows, runs.FaultWarnings(windows, cmp.Or(lastEnd, elapsed))
}

func judged(results []threshold.Result) (rows []runs.Judged) {
	for _, r := range results {
		rows = append(rows, runs.Judged{Threshold: r.Threshold.String(), Value: r.Text(), Verdict: string(r.Verdict), Note: r.Note})
	}
	return rows
}
