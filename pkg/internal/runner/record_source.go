package runner

import (
	"context"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// RecordSource executes a stage elsewhere and passes on its records, as a fleet does. It
// calls record with one batch at a time and returns when no more will come. An
// error of record ends the stage.
type RecordSource func(ctx context.Context, seed uint64, record func(Batch) error) (SourceResult, error)

// SourceResult reports how a source executed its stage.
type SourceResult struct {
	load.Report
	// Start is when the first purchase was due, zero for the moment at which
	// recording began.
	Start time.Time
	// Shares are the workers' parts, nil when the stage was not divided.
	Shares []runs.WorkerResult
	// Warnings are in addition to the report's, or in their place when it was divided.
	Warnings []string
}

// LostError reports that a part of a stage is not recorded, because the process
// that sent it did not deliver. What was recorded is kept.
type LostError struct {
	// Lost is how many operations of the plan are neither recorded nor dropped.
	Lost int
	// Text is the whole sentence.
	Text string
}

// Error returns the sentence.
func (e *LostError) Error() string { return e.Text }

// recordFrom records what source sends.
func (v validLoad) recordFrom(ctx context.Context, run runs.Run, to Target, watch Watch, source RecordSource) (*recording, error) {
	to = to.withSeed()
	x := newRecording(v.Load, to, watch)
	if err := x.begin(run, runs.Load); err != nil {
		return x, err
	}
	result, err := source(ctx, to.Seed, x.record)
	return x, x.finish(ctx, result, err)
}
