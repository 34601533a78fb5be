package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// runIterations runs a closed stage whose users share operations or have their own.
func (e *execution[T]) runIterations() {
	var next atomic.Int64
	index := func(taken int64) int { return e.partition.wholeIndex(int(taken)) }
	shared := iterationSource{
		more: func() bool { return index(next.Load()) < e.Requests },
		take: func() (int, bool) {
			i := index(next.Add(1) - 1)
			return i, i < e.Requests
		},
	}
	var users sync.WaitGroup
	for i := range e.partition.Connections(e.Stage) {
		users.Go(func() {
			user, from := e.partition.wholeIndex(i), shared
			if e.PerUser {
				from = ownIterations(user, e.Requests)
			}
			e.userLoop(e.ctx, user, from)
		})
	}
	users.Wait()
}

// iterationSource hands out the operations of a closed model's user.
type iterationSource struct {
	// more says whether there is another one; another user may take it first.
	more func() bool
	// take claims the next one; false if there is none.
	take func() (index int, ok bool)
}

// ownIterations are a user's own operations, so that it runs the same ones
// whatever the other users do.
func ownIterations(user, requests int) iterationSource {
	next, end := user*requests, (user+1)*requests
	return iterationSource{
		more: func() bool { return next < end },
		take: func() (int, bool) { next++; return next - 1, next <= end },
	}
}

// userLoop runs the operations of a closed model's user, one after the other with
// a pause between, until there is no more or ctx ends.
func (e *execution[T]) userLoop(ctx context.Context, user int, from iterationSource) {
	var pause pause
	for ctx.Err() == nil && from.more() {
		index, ok := from.take()
		if !ok {
			return
		}
		e.started.Add(1)
		start := e.now()
		e.serve(Arrival{Index: index, User: user, Scheduled: start}, start)
		if e.Think > 0 && from.more() {
			pause.wait(ctx, e.Think)
		}
	}
}

// pause waits repeatedly with one timer. The zero value is ready. Not safe for
// concurrent use.
type pause struct{ timer *time.Timer }

// wait returns after d, or earlier when ctx ends.
func (p *pause) wait(ctx context.Context, d time.Duration) {
	if d <= 0 || ctx.Err() != nil {
		return
	}
	if p.timer == nil {
		p.timer = time.NewTimer(d)
	} else {
		p.timer.Reset(d)
	}
	select {
	case <-p.timer.C:
	case <-ctx.Done():
		p.timer.Stop()
	}
}
