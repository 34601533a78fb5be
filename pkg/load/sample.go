package load

import "time"

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
// latency is End − Scheduled, which includes the time for which a late client
// made it wait.
type Sample[T any] struct {
	Arrival
	// Start and End enclose the task. All times of a sample carry the monotonic
	// clock, so their differences survive a step of the wall clock.
	Start, End time.Time
	Value      T
}

// serve runs the task for an arrival, which starts at the given time, and keeps
// the sample until the collector drains it.
func (e *execution[T]) serve(a Arrival, start time.Time) {
	value := e.task(e.ctx, a)
	e.samples.add(e.partition.partIndex(a.User), Sample[T]{Arrival: a, Start: start, End: e.now(), Value: value})
}
