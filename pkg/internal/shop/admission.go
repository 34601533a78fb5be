package shop

import (
	"context"
	"errors"
	"sync"
)

// admission bounds how many purchases are in progress: requests that are being
// answered and sagas that are under way. A saga outlives a request that gave up.
type admission struct {
	max int

	mu      sync.Mutex
	n       int
	paused  bool
	stopped bool
	idle    chan struct{} // closed when n falls to 0, nil while nobody waits
}

var (
	errFull   = errors.New("too many purchases are in progress")
	errPaused = errors.New("the service is about to set a new scene or to stop")
)

// enter takes a place, or says why there is none. leave gives it back.
func (a *admission) enter() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.paused || a.stopped:
		return errPaused
	case a.n >= a.max:
		return errFull
	}
	a.n++
	return nil
}

// reenter takes a place for a saga that was admitted before and must go on.
func (a *admission) reenter() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
}

func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n--
	if a.n == 0 && a.idle != nil {
		close(a.idle)
		a.idle = nil
	}
}

// pause admits nobody any more and waits for those inside to leave. After an
// error the pause stays; resume ends it.
func (a *admission) pause(ctx context.Context) error {
	a.mu.Lock()
	a.paused = true
	if a.n == 0 {
		a.mu.Unlock()
		return nil
	}
	if a.idle == nil {
		a.idle = make(chan struct{})
	}
	idle := a.idle
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stop admits nobody ever again; resume does not end it.
func (a *admission) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
}

func (a *admission) resume() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paused = false
}
