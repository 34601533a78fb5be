package load

import (
	"context"
	"sync/atomic"
	"time"
)

// FlushEvery is how often Run hands on what was measured: the most that a crash
// of the process can lose.
const FlushEvery = 100 * time.Millisecond

// Arrival is one place in a stage's schedule.
type Arrival struct {
	// Index is the place, from 0; User the virtual user that took it, from 0. In
	// an open stage the places of dropped arrivals are missing among the samples.
	Index, User int
	// Scheduled is when the schedule wanted it to start. In a closed model that
	// is the moment at which the user was free.
	Scheduled time.Time
}

// Sample is one arrival that was served, with what the task returned. Its
// latency is End − Scheduled: what the buyer waited, whoever caused it.
type Sample[T any] struct {
	Arrival
	// Start and End enclose the task. All times of a sample carry the monotonic
	// clock, so their differences survive a step of the wall clock.
	Start, End time.Time
	Value      T
}

// Batch is what Run hands on at a time, and where the stage then stands.
type Batch[T any] struct {
	// Samples ended since the last batch, in no order.
	Samples []Sample[T]
	// Started, Dropped and InFlight count operations from the stage's start:
	// those started, those dropped at the cap, and those started of which no
	// sample was handed on yet.
	Started, Dropped, InFlight int
	// Elapsed is the time since the stage's start.
	Elapsed time.Duration
	// Lag is how late operations started, of all samples so far.
	Lag Lag
}

// Run executes a stage: task once for every arrival, from one goroutine for each
// virtual user. seed decides on the gaps between Poisson arrivals. What was
// measured goes to record in batches, never from two goroutines at once, each
// FlushEvery (an empty one when nothing ended) and once more at the end; record
// must not keep the slice of samples. A slow record delays neither users nor
// arrivals: what they measure waits in memory.
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
	return RunShare(ctx, s, Share{}, seed, task, record)
}

// RunShare executes a share of a stage like Run does the whole. Arrivals have the
// numbers of the whole stage, Index and User alike, and the report counts the
// share's operations.
func RunShare[T any](ctx context.Context, s Stage, h Share, seed uint64, task func(context.Context, Arrival) T, record func(Batch[T]) error) (Report, error) {
	if err := s.Validate(); err != nil {
		return Report{}, err
	}
	if err := h.Validate(s); err != nil {
		return Report{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	shards := newSampleBuffers[T](h.Connections(s))
	e := &execution{Stage: s, partition: h, seed: seed, base: time.Now()}
	e.serve = func(a Arrival, start time.Time) {
		value := task(ctx, a)
		shards.add(h.partIndex(a.User), Sample[T]{Arrival: a, Start: start, End: e.now(), Value: value})
	}
	machine := watchMachine(e.base)
	ended := make(chan struct{})
	go func() { e.runModel(ctx); close(ended) }()

	c := collector[T]{execution: e, shards: shards, machine: machine, record: record}
	err := c.loop(ended, stop)
	if err == nil {
		err = context.Cause(ctx)
	}
	return c.report(err == nil), err
}

// execution is a stage that is being run.
type execution struct {
	Stage
	partition Share
	seed      uint64
	base      time.Time
	// serve runs one operation that starts at the given time.
	serve func(Arrival, time.Time)

	started, dropped atomic.Int64
}

// now is cheaper than time.Now, since it reads the monotonic clock alone, and
// all its times differ from base as that clock says.
func (e *execution) now() time.Time { return e.base.Add(time.Since(e.base)) }

func (e *execution) runModel(ctx context.Context) {
	switch {
	case e.Open():
		e.runOpen(ctx)
	case e.ramps():
		e.runRamp(ctx)
	default:
		e.runIterations(ctx)
	}
}

// collector hands on what was measured.
type collector[T any] struct {
	*execution
	shards  *sampleBuffers[T]
	machine *machineWatch
	record  func(Batch[T]) error

	batch     []Sample[T]
	collected int
	lag       Histogram
}

// carry hands batches on until ended is closed and all are through. When
// recording fails it stops the stage, and only waits for its end from then on.
func (c *collector[T]) loop(ended <-chan struct{}, stop context.CancelCauseFunc) (err error) {
	tick := time.NewTicker(FlushEvery)
	defer tick.Stop()
	for last := false; !last; {
		select {
		case <-tick.C:
		case <-ended:
			last = true
		}
		b := c.collect()
		if err != nil {
			continue
		}
		if err = c.record(b); err != nil {
			stop(err)
		}
	}
	return err
}

func (c *collector[T]) collect() Batch[T] {
	c.machine.sample()
	c.batch = c.shards.drain(c.batch[:0])
	c.collected += len(c.batch)
	if c.Open() {
		for i := range c.batch {
			c.lag.Record(c.batch[i].Start.Sub(c.batch[i].Scheduled))
		}
	}
	started := int(c.started.Load())
	return Batch[T]{
		Samples: c.batch, Started: started, Dropped: int(c.dropped.Load()), InFlight: started - c.collected,
		Elapsed: time.Since(c.base), Lag: lagOf(&c.lag),
	}
}

// report is of a stage that ended, whole if nothing cut it short.
func (c *collector[T]) report(whole bool) Report {
	r := Report{
		Planned: c.partition.Asked(c.Stage), Started: int(c.started.Load()), Dropped: int(c.dropped.Load()),
		Elapsed: time.Since(c.base), Lag: lagOf(&c.lag), Machine: c.machine.end(),
	}
	if c.Open() {
		r.Cap = c.partition.Connections(c.Stage)
		if whole { // so it is known how many Poisson arrivals there were
			r.Planned = r.Started + r.Dropped
		}
	}
	return r
}
