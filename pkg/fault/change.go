package fault

import (
	"context"
	"time"
)

// Change reports that a Wire or a Process changed to another fault, or to none.
type Change struct {
	// At is when the change was complete, since the start of the stage; for a Process
	// that was started again, when it was healthy.
	At time.Duration
	// Window is the index of the window in the plan, -1 for no fault.
	Window int
	// Begun is when the change began, since the start of the stage: what the fault
	// breaks, breaks after Begun and maybe before At.
	Begun time.Duration
}

// openAt returns the index of the first window of s that is open so long after the
// start, -1 for none.
func (p Plan) openAt(s scope, since time.Duration) int {
	for i, w := range p.Windows {
		if scopes[w.Fault] == s && w.Probability > 0 && w.isOpen(since) {
			return i
		}
	}
	return -1
}

// nextEdge returns when, after since, a window of s opens or closes next; found is
// false when all have closed.
func (p Plan) nextEdge(s scope, since time.Duration) (next time.Duration, found bool) {
	for _, w := range p.Windows {
		if scopes[w.Fault] != s {
			continue
		}
		for _, edge := range []time.Duration{w.From, w.To} {
			if edge > since && (!found || edge < next) {
				next, found = edge, true
			}
		}
	}
	return next, found
}

// follow calls apply with the index of the window of s that opens, or with -1,
// at the times of p, until all windows have closed or ctx ends. In
// either case the last thing applied is -1, unless apply fails.
func (p Plan) follow(ctx context.Context, s scope, start time.Time, apply func(window int) error) (changes []Change, err error) {
	current := -1
	change := func(to int) error {
		if to == current {
			return nil
		}
		begun := time.Since(start)
		if err := apply(to); err != nil {
			return err
		}
		current = to
		changes = append(changes, Change{At: time.Since(start), Window: to, Begun: begun})
		return nil
	}
	for ctx.Err() == nil {
		since := time.Since(start)
		if err := change(p.openAt(s, since)); err != nil {
			return changes, err
		}
		next, more := p.nextEdge(s, since)
		if !more {
			return changes, nil
		}
		timer := time.NewTimer(time.Until(start.Add(next)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return changes, change(-1)
}
