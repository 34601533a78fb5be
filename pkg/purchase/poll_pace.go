package purchase

import (
	"context"
	"sync"
	"time"
)

// MaxPollRate is how many polls a client sends in a second at most: what is asked after
// purchases must not be the load. Beyond it polls are late, which the uncertainty of a
// latency shows.
const MaxPollRate = 1500

// pollPace spaces polls. The zero value is ready; it is safe for concurrent use.
type pollPace struct {
	mu   sync.Mutex
	next time.Time // when the next poll may be sent
}

// wait returns after wait, or as much later as MaxPollRate asks for; the error is ctx's cause.
func (p *pollPace) wait(ctx context.Context, wait time.Duration) error {
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	p.mu.Lock()
	mine := time.Now() // not when it was to be: what is late is not made up for at once
	if p.next.After(mine) {
		mine = p.next
	}
	p.next = mine.Add(time.Second/MaxPollRate + 1)
	p.mu.Unlock()
	return sleep(ctx, time.Until(mine))
}

// sleep waits for d, or until ctx ends, of which it returns the cause.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
