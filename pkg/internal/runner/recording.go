package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Batch is the records of purchases that ended since the last one, and how far the
// stage has come.
type Batch struct {
	Records []runs.Record
	// Waiting has the purchases that wait for a retry or a poll, or are between two steps, each
	// with the requests that ended since it was here last. A record of the purchase follows when it ends, in this batch
	// or in a later one.
	Waiting []runs.Record
	load.Progress
}

// recording is a stage that is being recorded: begin, then record for each batch,
// then finish. For one goroutine.
type recording struct {
	Load
	to     Target
	watch  Watch
	writer *runs.Writer // nil until begin
	run    runs.Run     // of writer
	begun  time.Time    // when begin was called
	guard  *threshold.Guard
	faults *faultChain // nil without faults

	tally   tally
	results []threshold.Result
}

// newRecording is a recording of a valid load; watch may be nil.
func newRecording(l Load, to Target, watch Watch) *recording {
	return &recording{
		Load: l, to: to, watch: watch, faults: to.faults,
		guard: threshold.NewGuard(l.Thresholds, l.Stage.Name), tally: newTally(l),
	}
}

// begin makes the stage's files in run.
func (r *recording) begin(run runs.Run, kind string) error {
	info := runs.Info{
		Stage: r.Stage.Name, Kind: kind, API: r.to.Endpoint.String(), Load: r.Stage.String(),
		Buyers: r.Buyers.String(), Order: withoutKey(r.Buyers), Search: r.Search, LoadID: r.LoadID, Adapter: runs.AdapterInfoOf(r.to.Adapter), Steps: purchase.StepsOf(r.to.Adapter), OtherRequests: hasOtherRequests(r.to.Adapter), Traceparent: r.to.Traceparent,
		Requests: r.Stage.Planned(), VUs: r.Stage.Connections(), Policy: r.to.Config.Policy.String(), Seed: r.to.Seed,
	}
	policy, err := json.Marshal(r.to.Config.Policy)
	if err != nil {
		return err
	}
	info.RetryPolicy = policy
	if r.faults != nil {
		info.Faults = r.faults.text
	}
	baseline, err := observe.LoadBaseline(run)
	if err != nil {
		return err
	}
	info.Fixture = baseline.Description()
	r.run, r.begun = run, time.Now()
	r.writer, err = run.Begin(info)
	return err
}

// withoutKey returns what each operation of a stage buys, nil when they differ; each has a
// key of its own.
func withoutKey(b purchase.Buyers) *purchase.Request {
	order, constant := purchase.Constant(b)
	if !constant {
		return nil
	}
	order.IdempotencyKey = ""
	return &order
}

// record stores a batch, then judges the thresholds: what was measured is on disk
// before a threshold can stop the stage, which its error does.
func (r *recording) record(b Batch) error {
	if err := r.writer.AppendWaiting(b.Waiting); err != nil {
		return err
	}
	if err := r.writer.Append(b.Records); err != nil {
		return err
	}
	for i := range b.Waiting {
		r.tally.addPolls(&b.Waiting[i].Operation, false)
	}
	for i := range b.Records {
		r.tally.add(&b.Records[i])
	}
	if r.faults != nil {
		r.faults.countAttempts(b.Records)
	}
	r.tally.progress(b.Progress)
	results, stop := r.guard.Observe(r.tally.soFar(), b.Elapsed)
	r.show(r.tally.snapshot(b.Lag, results))
	return stop
}

func (r *recording) show(s live.Snapshot) {
	if r.watch != nil {
		r.watch(s)
	}
}

// finish ends the recording. err is how the load ended, and is part of the error
// that finish returns.
func (r *recording) finish(ctx context.Context, ended SourceResult, err error) error {
	r.tally.end(ended.Report)
	r.results = r.guard.Final(r.tally.final(r.Stage, err == nil))
	r.describe(ended)
	state, detail := stateOf(ctx, err)
	err = errors.Join(err, r.writer.Finish(state, detail))
	r.showEnd(ended.Lag)
	return err
}

// describe adds to the stage's info how it was executed and what to mind.
func (r *recording) describe(ended SourceResult) {
	warnings, limits := ended.Warnings, []string(nil)
	if ended.Shares == nil { // file limits and warnings of a fleet's workers are in theirs
		var hit []string
		hit, limits = limitWarnings(r.tally.classes)
		warnings = slices.Concat(ended.Report.Warnings(), hit, warnings)
	}
	windows, untested := r.endFaults(ended.Elapsed)
	warnings = append(untested, warnings...)
	foreign, err := observe.ForeignFixtures(r.run, r.begun)
	for _, f := range foreign {
		warnings = append(warnings, f.String())
	}
	if err != nil {
		warnings = append(warnings, err.Error())
	}
	r.writer.UpdateInfo(func(info *runs.Info) {
		if !ended.Start.IsZero() {
			info.Started = ended.Start
		}
		info.Report, info.WorkerResults, info.Warnings, info.Limits, info.Thresholds = &ended.Report, ended.Shares, warnings, limits, judgedRows(r.results)
		info.FaultWindows = windows
	})
}

// stateOf is the state in which a stage ended with err, and a sentence on it.
func stateOf(ctx context.Context, err error) (state, detail string) {
	var aborted *threshold.AbortError
	var lost *LostError
	switch {
	case err == nil:
		return runs.Complete, ""
	case ctx.Err() != nil, errors.As(err, &aborted), errors.As(err, &lost):
		return runs.Interrupted, err.Error()
	}
	return runs.Aborted, err.Error()
}

// showEnd shows the stage's figures at its end from its rows, as all that is shown
// of it later: the percentiles of the tally are off by up to load.HistogramError.
func (r *recording) showEnd(lag load.Lag) {
	if r.watch == nil {
		return
	}
	s := r.tally.snapshot(lag, r.results)
	if o, err := r.writer.Overview(); err == nil { // the tally's, when the rows cannot be read
		sum := o.Summary
		s.P50, s.P90, s.P99 = sum.P50, sum.P90, sum.P99
		s.Recent.P50, s.Recent.P99, s.Recent.Rate = sum.P50, sum.P99, sum.RequestsPerSecond
		s.Elapsed = time.Duration(sum.Seconds * float64(time.Second))
	}
	r.show(s)
}

// endFaults ends the faults of a load that took so long. It returns what each window
// did, and sentences on those that tested nothing.
func (r *recording) endFaults(elapsed time.Duration) (windows []runs.FaultWindow, untested []string) {
	if r.faults == nil {
		return nil, nil
	}
	windows, lastEnd := r.faults.end()
	return windows, runs.FaultWarnings(windows, cmp.Or(lastEnd, elapsed))
}

// judged are the results of the thresholds; nil when x is nil, which it is of a load
// that was refused.
func (r *recording) judged() []threshold.Result {
	if r == nil {
		return nil
	}
	return r.results
}

func judgedRows(results []threshold.Result) (rows []runs.ThresholdResult) {
	for _, r := range results {
		rows = append(rows, runs.ThresholdResult{Threshold: r.Threshold.String(), Value: r.Text(), Verdict: string(r.Verdict), Note: r.Note})
	}
	return rows
}

// hasOtherRequests reports whether purchases by an adapter may have polls and logins.
func hasOtherRequests(a purchase.Adapter) bool {
	if a == nil {
		return false
	}
	offers := purchase.OffersOf(a)
	return offers.Poll || offers.Login
}
