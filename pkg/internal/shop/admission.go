package shop

import (
	"context"
	"errors"
	"sync"

	"sagalab/pkg/internal/shop/store"
)

// admission bounds the purchases in progress: requests that are being answered and
// sagas that are under way. A saga outlives a request that gave up. It is safe for
// concurrent use.
type admission struct {
	max int

	mu      sync.Mutex
	n       int
	paused  bool
	stopped bool
	idle    chan struct{} // closed when n falls to 0, nil while no caller of pause waits
}

var errFull = errors.New("too many purchases are in progress")

// enter takes a place, which leave gives back, or returns errFull or ErrPaused.
func (a *admission) enter() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.paused || a.stopped:
		return store.ErrPaused
	case a.n >= a.max:
		return errFull
	}
	a.n++
	return nil
}

// reenter takes a place for a saga that was admitted before, whatever the bound.
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

// pause refuses further places and waits until all are given back or ctx ends. The
// pause stays, also after an error, until resume.
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

// stop refuses further places for good; resume does not end it.
func (a *admission) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
}

// resume ends a pause.
func (a *admission) resume() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paused = false
}
