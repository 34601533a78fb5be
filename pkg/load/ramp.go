package load

import (
	"context"
	"sync"
	"sync/atomic"
)

// ramp runs a closed stage with as many users at work as its ramp says. One that
// is to stop finishes its operation first.
func (e *execution) runRamp(ctx context.Context) {
	ctx, over := context.WithCancel(ctx)
	defer over()
	r := rampingUsers{execution: e, working: make([]bool, e.partition.Connections(e.Stage))}
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

// ramp is who works of a stage with ramping users.
type rampingUsers struct {
	*execution
	users  sync.WaitGroup
	wanted atomic.Int64 // the share's users from this one on are to stop
	next   atomic.Int64

	mu      sync.Mutex
	working []bool // by user of the share
}

// set lets the first n users of the share work and no others.
func (r *rampingUsers) resize(ctx context.Context, n int) {
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

func (r *rampingUsers) work(ctx context.Context, user int) {
	from := iterationSource{
		more: func() bool { return r.wants(user) },
		take: func() (int, bool) { return r.partition.wholeIndex(int(r.next.Add(1)) - 1), true },
	}
	for ctx.Err() == nil && !r.leave(user) {
		r.userLoop(ctx, r.partition.wholeIndex(user), from)
	}
}

func (r *rampingUsers) wants(user int) bool { return int64(user) < r.wanted.Load() }

// leave ends a user's work unless it is wanted again, which set cannot change
// in between.
func (r *rampingUsers) leave(user int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.working[user] = r.wants(user)
	return !r.working[user]
}
