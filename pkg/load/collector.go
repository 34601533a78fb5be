package load

import (
	"context"
	"time"
)

// Progress is how far a stage has come. Its JSON is what processes of a fleet
// exchange.
type Progress struct {
	// Started, Dropped and InFlight count operations from the stage's start: those
	// started, those dropped at the cap, and those started of which no sample was
	// passed on yet.
	Started  int `json:"started"`
	Dropped  int `json:"dropped"`
	InFlight int `json:"in_flight"`
	// Elapsed is the time since the stage's start.
	Elapsed time.Duration `json:"elapsed_ns"`
	// Lag is how late operations started, of all samples so far.
	Lag Lag `json:"lag"`
}

// Batch is what Run passes on at a time, and how far the stage has come.
type Batch[T any] struct {
	// Samples ended since the last batch, in no order.
	Samples []Sample[T]
	Progress
}

// collector passes samples on, from one goroutine.
type collector[T any] struct {
	*execution[T]
	machine *machineWatch
	record  func(Batch[T]) error

	batch     []Sample[T]
	collected int
	lag       Histogram
}

// collectUntil passes batches on each FlushEvery until ended is closed and all
// samples are through. When recording fails it stops the stage, and only waits for
// its end from then on.
func (c *collector[T]) collectUntil(ended <-chan struct{}, stop context.CancelCauseFunc) (err error) {
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

// collect returns the samples that ended since the last call. The batch is valid
// until the next one.
func (c *collector[T]) collect() Batch[T] {
	c.machine.sample()
	c.batch = c.samples.drain(c.batch[:0])
	c.collected += len(c.batch)
	if c.Open() {
		for i := range c.batch {
			c.lag.Record(c.batch[i].Start.Sub(c.batch[i].Scheduled))
		}
	}
	started := int(c.started.Load())
	return Batch[T]{Samples: c.batch, Progress: Progress{
		Started: started, Dropped: int(c.dropped.Load()), InFlight: started - c.collected,
		Elapsed: time.Since(c.base), Lag: lagOf(&c.lag),
	}}
}

// report returns how the stage was executed; complete is false if it was cut short.
func (c *collector[T]) report(complete bool) Report {
	r := Report{
		Planned: c.partition.Planned(c.Stage), Started: int(c.started.Load()), Dropped: int(c.dropped.Load()),
		Elapsed: time.Since(c.base), Lag: lagOf(&c.lag), Machine: c.machine.end(),
	}
	if c.Open() {
		r.Cap = c.partition.Connections(c.Stage)
		if complete { // so it is known how many Poisson arrivals there were
			r.Planned = r.Started + r.Dropped
		}
	}
	return r
}
