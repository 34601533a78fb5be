package load

import (
	"context"
	"sync"
	"time"
)

// arrivals runs an open stage: its schedule's arrivals go to users who are idle,
// or to new ones up to the cap.
func (e *execution) arrivals(ctx context.Context) {
	c := crew{execution: e, limit: e.share.Connections(e.Stage)}
	a := newAlarm()
	defer a.close()
	var now time.Duration // the clock as last read: what is due by then is overdue
	for index, offset := range e.share.own(e.Schedule(e.seed)) {
		for offset > now && ctx.Err() == nil {
			if now = time.Since(e.base); offset > now {
				a.sleep(ctx, offset-now)
				now = time.Since(e.base)
			}
		}
		if ctx.Err() != nil {
			break
		}
		c.hand(Arrival{Index: index, Scheduled: e.base.Add(offset)})
	}
	for rest := e.Length() - time.Since(e.base); rest > 0 && ctx.Err() == nil; rest = e.Length() - time.Since(e.base) {
		a.sleep(ctx, rest)
	}
	c.dismiss()
}

// crew is the virtual users of an open stage. The one who was idle last gets the
// next arrival: a few users do the work while the service is quick, and those who
// came for a stall rest.
type crew struct {
	*execution
	limit   int
	working sync.WaitGroup
	all     []*user

	mu   sync.Mutex
	idle []*user
}

// user is a virtual user of an open stage.
type user struct {
	number int
	next   chan Arrival // holds one, so that handing it over waits for nobody
}

// hand gives a to a user, or drops it.
func (c *crew) hand(a Arrival) {
	u := c.free()
	if u == nil {
		c.dropped.Add(1)
		return
	}
	c.started.Add(1)
	u.next <- a
}

// free is a user with nothing to do, nil at the cap.
func (c *crew) free() *user {
	c.mu.Lock()
	if last := len(c.idle) - 1; last >= 0 {
		u := c.idle[last]
		c.idle = c.idle[:last]
		c.mu.Unlock()
		return u
	}
	c.mu.Unlock()
	if len(c.all) == c.limit {
		return nil
	}
	u := &user{number: c.share.number(len(c.all)), next: make(chan Arrival, 1)}
	c.all = append(c.all, u)
	c.working.Go(func() { c.work(u) })
	return u
}

func (c *crew) work(u *user) {
	for a := range u.next {
		a.User = u.number
		c.serve(a, c.now())
		c.mu.Lock()
		c.idle = append(c.idle, u)
		c.mu.Unlock()
	}
}

// dismiss waits until all have finished what they have.
func (c *crew) dismiss() {
	for _, u := range c.all {
		close(u.next)
	}
	c.working.Wait()
}
