package load

import (
	"context"
	"time"
)

const (
	// timerSlack is how late a timer of the runtime may be by itself: it waits for
	// the network's poller in whole milliseconds.
	timerSlack = 2 * time.Millisecond
	// minSleep is the shortest sleep. Waking up costs tens of microseconds of CPU, so
	// that arrivals closer than that are sent several at a time.
	minSleep = 250 * time.Microsecond
)

// preciseTimer waits for the dispatcher: with the runtime's timer for the long part of a
// sleep, which ctx can interrupt, and with the system's finer one for the last
// milliseconds, where there is one. Not safe for concurrent use.
type preciseTimer struct {
	coarse pause
	fine   *fineTimer // nil if there is none
}

func newPreciseTimer() *preciseTimer { return &preciseTimer{fine: newFineTimer()} }

// sleep returns after about d, somewhat earlier or later, or when ctx ends: the
// caller reads the clock.
func (p *preciseTimer) sleep(ctx context.Context, d time.Duration) {
	d = max(d, minSleep)
	switch {
	case p.fine == nil:
		p.coarse.wait(ctx, d)
	case d > 2*timerSlack:
		p.coarse.wait(ctx, d-timerSlack)
	default:
		p.fine.sleep(d)
	}
}

func (p *preciseTimer) close() {
	if p.fine != nil {
		p.fine.close()
	}
}
