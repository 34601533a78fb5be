package load

import (
	"context"
	"time"
)

const (
	// coarse is how late a timer of the runtime may be by itself: it waits for
	// the network's poller in whole milliseconds.
	coarse = 2 * time.Millisecond
	// nap is the shortest sleep. Waking up costs tens of microseconds of CPU, so
	// that arrivals closer than that are sent several at a time.
	nap = 250 * time.Microsecond
)

// alarm wakes the dispatcher up: with the runtime's timer for the long part of a
// sleep, which ctx can interrupt, and with the system's finer one for the last
// milliseconds, where there is one. Not safe for concurrent use.
type alarm struct {
	long pause
	fine *fineTimer // nil if there is none
}

func newAlarm() *alarm { return &alarm{fine: newFineTimer()} }

// sleep returns after about d, somewhat earlier or later, or when ctx ends: the
// caller looks at the clock.
func (a *alarm) sleep(ctx context.Context, d time.Duration) {
	d = max(d, nap)
	switch {
	case a.fine == nil:
		a.long.wait(ctx, d)
	case d > 2*coarse:
		a.long.wait(ctx, d-coarse)
	default:
		a.fine.sleep(d)
	}
}

func (a *alarm) close() {
	if a.fine != nil {
		a.fine.close()
	}
}
