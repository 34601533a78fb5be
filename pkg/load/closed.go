package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// iterations runs a closed stage whose users share operations or have their own.
func (e *execution) iterations(ctx context.Context) {
	var next atomic.Int64
	shared := func(int) (index int, ok bool) {
		index = int(next.Add(1)) - 1
		return index, index < e.Requests
	}
	var users sync.WaitGroup
	for user := range e.Connections() {
		users.Go(func() {
			take := shared
			if e.PerUser {
				take = e.own()
			}
			e.loop(ctx, user, take, func() bool { return true })
		})
	}
	users.Wait()
}

// own gives a user its own operations, so that the same user runs the same ones
// whatever the others do.
func (e *execution) own() func(user int) (int, bool) {
	done := 0
	return func(user int) (int, bool) {
		index := user*e.Requests + done
		done++
		return index, done <= e.Requests
	}
}

// loop is the life of a closed model's user: what take gives it, one after the
// other with a pause between, until there is no more or it may not go on.
func (e *execution) loop(ctx context.Context, user int, take func(user int) (int, bool), mayGoOn func() bool) {
	var pause pause
	for ctx.Err() == nil && mayGoOn() {
		index, ok := take(user)
		if !ok {
			return
		}
		e.started.Add(1)
		start := e.now()
		e.serve(Arrival{Index: index, User: user, Scheduled: start}, start)
		pause.wait(ctx, e.Think)
	}
}

// pause waits again and again with one timer. The zero value is ready.
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
