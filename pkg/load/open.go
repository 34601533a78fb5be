package load

import (
	"context"
	"sync"
	"time"
)

// arrivals runs an open stage: its schedule's arrivals go to users who are idle,
// or to new ones up to the cap.
func (e *execution) runOpen(ctx context.Context) {
	c := userPool{execution: e, limit: e.partition.Connections(e.Stage)}
	a := newPreciseTimer()
	defer a.close()
	var now time.Duration // the clock as last read: what is due by then is overdue
	for index, offset := range e.partition.arrivals(e.Schedule(e.seed)) {
		for offset > now && ctx.Err() == nil {
			if now = time.Since(e.base); offset > now {
				a.sleep(ctx, offset-now)
				now = time.Since(e.base)
			}
		}
		if ctx.Err() != nil {
			break
		}
		c.dispatch(Arrival{Index: index, Scheduled: e.base.Add(offset)})
	}
	for rest := e.Length() - time.Since(e.base); rest > 0 && ctx.Err() == nil; rest = e.Length() - time.Since(e.base) {
		a.sleep(ctx, rest)
	}
	c.drain()
}

// userPool is the virtual users of an open stage. The one who was idle last gets the
// next arrival: a few users do the work while the service is quick, and those who
// came for a stall rest.
type userPool struct {
	*execution
	limit   int
	running sync.WaitGroup
	all     []*virtualUser

	mu   sync.Mutex
	idle []*virtualUser
}

// user is a virtual user of an open stage.
type virtualUser struct {
	number int
	next   chan Arrival // holds one, so that handing it over waits for nobody
}

// hand gives a to a user, or drops it.
func (c *userPool) dispatch(a Arrival) {
	u := c.claim()
	if u == nil {
		c.dropped.Add(1)
		return
	}
	c.started.Add(1)
	u.next <- a
}

// free is a user with nothing to do, nil at the cap.
func (c *userPool) claim() *virtualUser {
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
	u := &virtualUser{number: c.partition.wholeIndex(len(c.all)), next: make(chan Arrival, 1)}
	c.all = append(c.all, u)
	c.running.Go(func() { c.serveArrivals(u) })
	return u
}

func (c *userPool) serveArrivals(u *virtualUser) {
	for a := range u.next {
		a.User = u.number
		c.serve(a, c.now())
		c.mu.Lock()
		c.idle = append(c.idle, u)
		c.mu.Unlock()
	}
}

// dismiss waits until all have finished what they have.
func (c *userPool) drain() {
	for _, u := range c.all {
		close(u.next)
	}
	c.running.Wait()
}
