package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// FlushEvery is how often Run hands on what was measured: the most that a crash
// of the process can lose.
const FlushEvery = 100 * time.Millisecond

// Arrival is one place in a stage's schedule.
type Arrival struct {
	// Index is the place, from 0; User the virtual user that took it, from 0.
	Index, User int
	// Scheduled is when the schedule wanted it to start. In the closed model
	// that is the moment at which the user was free.
	Scheduled time.Time
}

// Sample is one arrival that was served, with what the task returned.
type Sample[T any] struct {
	Arrival
	// Start and End enclose the task. All times of a sample carry the monotonic
	// clock, so their differences survive a step of the wall clock.
	Start, End time.Time
	Value      T
}

// Run executes a stage: task once for every arrival, Users at a time. What was
// measured goes to record in batches, never from two goroutines at once, each
// FlushEvery (an empty one when nothing ended) and once more at the end; record
// must not keep the slice.
//
// When ctx ends, no further arrival is taken; tasks under way are waited for
// (they have ctx, too) and still recorded, and context.Cause(ctx) is returned.
// When record fails the stage stops in the same way and its error is returned:
// load that cannot be recorded is not sent.
func Run[T any](ctx context.Context, s Stage, task func(context.Context, Arrival) T, record func([]Sample[T]) error) error {
	if err := s.Validate(); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	shards := make([]shard[T], s.Users())
	var next atomic.Int64
	var users sync.WaitGroup
	for user := range shards {
		users.Go(func() {
			for ctx.Err() == nil {
				index := int(next.Add(1)) - 1
				if index >= s.Requests {
					return
				}
				a := Arrival{Index: index, User: user, Scheduled: time.Now()}
				value := task(ctx, a)
				shards[user].add(Sample[T]{Arrival: a, Start: a.Scheduled, End: time.Now(), Value: value})
			}
		})
	}
	ended := make(chan struct{})
	go func() { users.Wait(); close(ended) }()

	err := flush(shards, ended, record, stop)
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// flush hands the shards' samples on until ended is closed and all are through.
func flush[T any](shards []shard[T], ended <-chan struct{}, record func([]Sample[T]) error, stop context.CancelCauseFunc) (err error) {
	tick := time.NewTicker(FlushEvery)
	defer tick.Stop()
	var batch []Sample[T]
	for last := false; !last; {
		select {
		case <-tick.C:
		case <-ended:
			last = true
		}
		batch = batch[:0]
		for i := range shards {
			batch = shards[i].take(batch)
		}
		if err != nil {
			continue
		}
		if err = record(batch); err != nil {
			stop(err)
		}
	}
	return err
}

// shard holds what one virtual user measured since the last flush, so that
// users never wait for one another.
type shard[T any] struct {
	mu      sync.Mutex
	samples []Sample[T]
	_       [32]byte // two users' shards on one cache line would slow both
}

func (s *shard[T]) add(x Sample[T]) {
	s.mu.Lock()
	s.samples = append(s.samples, x)
	s.mu.Unlock()
}

func (s *shard[T]) take(into []Sample[T]) []Sample[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	into = append(into, s.samples...)
	clear(s.samples) // let go of what the values point to
	s.samples = s.samples[:0]
	return into
}
