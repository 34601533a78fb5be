package load

import (
	"context"
	"sync"
	"sync/atomic"
)

// runRamp runs a closed stage with as many users at work as its ramp says. A user
// that is to stop finishes its operation first.
func (e *execution[T]) runRamp() {
	ctx, over := context.WithCancel(e.ctx)
	defer over()
	r := rampingUsers[T]{execution: e, working: make([]bool, e.partition.Connections(e.Stage))}
	var p pause
	for offset, users := range e.userSteps() {
		for ctx.Err() == nil && e.base.Add(offset).After(e.now()) {
			p.wait(ctx, e.base.Add(offset).Sub(e.now()))
		}
		if ctx.Err() != nil {
			break
		}
		r.resize(ctx, e.partition.count(users))
	}
	over() // also for users who pause
	r.users.Wait()
}

// rampingUsers are the users of a stage whose number follows a ramp.
type rampingUsers[T any] struct {
	*execution[T]
	users  sync.WaitGroup
	wanted atomic.Int64 // the partition's users from this one on are to stop
	next   atomic.Int64

	mu      sync.Mutex
	working []bool // by user of the partition
}

// resize lets the first n users of the partition work and no others.
func (r *rampingUsers[T]) resize(ctx context.Context, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := int(r.wanted.Swap(int64(n)))
	for user := before; user < n; user++ {
		if r.working[user] {
			continue // it has not yet seen that it was to stop
		}
		r.working[user] = true
		r.users.Go(func() { r.work(ctx, user) })
	}
}

func (r *rampingUsers[T]) work(ctx context.Context, user int) {
	from := iterationSource{
		more: func() bool { return r.wants(user) },
		take: func() (int, bool) { return r.partition.wholeIndex(int(r.next.Add(1)) - 1), true },
	}
	for ctx.Err() == nil && !r.leave(user) {
		r.userLoop(ctx, r.partition.wholeIndex(user), from)
	}
}

func (r *rampingUsers[T]) wants(user int) bool { return int64(user) < r.wanted.Load() }

// leave marks a user as stopped unless it is wanted again, which resize cannot
// change in between; true if it stopped.
func (r *rampingUsers[T]) leave(user int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.working[user] = r.wants(user)
	return !r.working[user]
}
