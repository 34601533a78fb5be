package fault

import (
	"context"
	"time"
)

// Change is a moment at which a Wire or a Process was given another fault.
type Change struct {
	// At is when it had been done, since the start of the stage; for a Process
	// that was started again, when it was healthy.
	At time.Duration
	// Window is the index of the window in the plan, -1 for no fault.
	Window int
	// Begun is when it began to be done, since the start of the stage: what the fault
	// breaks, breaks after Begun and maybe before At.
	Begun time.Duration
}

// openAt is the index of the first window of l that is open so long after the
// start, -1 for none.
func (p Plan) openAt(l level, since time.Duration) int {
	for i, w := range p.Windows {
		if levels[w.Fault] == l && w.Share > 0 && w.open(since) {
			return i
		}
	}
	return -1
}

// nextEdge is when, after since, a window of l opens or closes next; false when
// all have closed.
func (p Plan) nextEdge(l level, since time.Duration) (next time.Duration, found bool) {
	for _, w := range p.Windows {
		if levels[w.Fault] != l {
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

// follow calls apply with the index of the window of l that opens, or with -1,
// at the moments that p sets, until all windows have closed or ctx ends. In
// either case the last thing applied is -1, unless apply fails.
func (p Plan) follow(ctx context.Context, l level, start time.Time, apply func(window int) error) (changes []Change, err error) {
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
		if err := change(p.openAt(l, since)); err != nil {
			return changes, err
		}
		next, any := p.nextEdge(l, since)
		if !any {
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
