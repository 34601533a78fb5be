package load

import (
	"context"
	"sync/atomic"
	"time"
)

// FlushEvery is how often Run passes on what was measured: the most that a crash
// of the process can lose.
const FlushEvery = 100 * time.Millisecond

// Run executes a stage: task once for every arrival, from one goroutine for each
// virtual user. The gaps between Poisson arrivals are drawn from seed. What was
// measured goes to record in batches, never from two goroutines at once, each
// FlushEvery (an empty one when nothing ended) and once more at the end; record
// must not keep the slice of samples. A slow record delays neither users nor
// arrivals: samples wait in memory.
//
// An open stage lasts for its Length and as long after it as operations are
// under way. Arrivals that find every user at work and no more users allowed
// are dropped; a dispatcher that was held up sends what is overdue at once.
//
// When ctx ends, no further arrival is taken; tasks under way are waited for
// (they have ctx, too) and still recorded, and context.Cause(ctx) is returned.
// When record fails the stage stops in the same way and its error is returned:
// load that cannot be recorded is not sent. The report is of what was done, also
// beside an error; all goroutines have ended on return.
func Run[T any](ctx context.Context, s Stage, seed uint64, task func(context.Context, Arrival) T, record func(Batch[T]) error) (Report, error) {
	w, err := NewWorkload(s, Partition{})
	if err != nil {
		return Report{}, err
	}
	return RunWorkload(ctx, w, seed, task, record)
}

// RunWorkload executes a valid workload as Run does a stage. The arrivals of a
// partition have the numbers of the whole stage, Index and User alike, and the
// report counts the partition's operations.
func RunWorkload[T any](ctx context.Context, w Workload, seed uint64, task func(context.Context, Arrival) T, record func(Batch[T]) error) (Report, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	e := &execution[T]{
		Stage: w.stage, partition: w.partition, seed: seed, base: time.Now(),
		ctx: ctx, task: task, samples: newSampleBuffers[T](w.Connections()),
	}
	c := collector[T]{execution: e, machine: watchMachine(e.base), record: record}
	ended := make(chan struct{})
	go func() { e.runModel(); close(ended) }()
	err := c.collectUntil(ended, stop)
	if err == nil {
		err = context.Cause(ctx)
	}
	return c.report(err == nil), err
}

// execution is a workload that is being run.
type execution[T any] struct {
	Stage
	partition Partition
	seed      uint64
	base      time.Time // the start
	ctx       context.Context
	task      func(context.Context, Arrival) T
	samples   *sampleBuffers[T]

	started, dropped atomic.Int64
}

// now is cheaper than time.Now, since it reads the monotonic clock alone, and
// all its times differ from base as that clock says.
func (e *execution[T]) now() time.Time { return e.base.Add(time.Since(e.base)) }

// runModel runs the stage's operations by its kind of load, and returns when all
// have ended.
func (e *execution[T]) runModel() {
	switch {
	case e.Open():
		e.runOpen()
	case e.ramps():
		e.runRamp()
	default:
		e.runIterations()
	}
}
