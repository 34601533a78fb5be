package load

import "sync"

// userPool holds the virtual users of an open stage. The user that became idle
// last gets the next arrival, so that few users work while the service is fast
// and those added during a stall stay idle afterwards.
type userPool[T any] struct {
	*execution[T]
	limit   int
	running sync.WaitGroup
	all     []*virtualUser

	mu   sync.Mutex
	idle []*virtualUser
}

// virtualUser is a user of an open stage.
type virtualUser struct {
	number int
	next   chan Arrival // holds one, so that dispatch never blocks
}

// dispatch gives a to an idle user, or to a new one; false if all users that are
// allowed are at work.
func (p *userPool[T]) dispatch(a Arrival) bool {
	u := p.claim()
	if u == nil {
		return false
	}
	p.started.Add(1)
	u.next <- a
	return true
}

// claim returns an idle or a new user, nil at the limit.
func (p *userPool[T]) claim() *virtualUser {
	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		u := p.idle[last]
		p.idle = p.idle[:last]
		p.mu.Unlock()
		return u
	}
	p.mu.Unlock()
	if len(p.all) == p.limit {
		return nil
	}
	u := &virtualUser{number: p.partition.wholeIndex(len(p.all)), next: make(chan Arrival, 1)}
	p.all = append(p.all, u)
	p.running.Go(func() { p.serveArrivals(u) })
	return u
}

// serveArrivals runs u's operations, one after the other, until the pool is
// drained.
func (p *userPool[T]) serveArrivals(u *virtualUser) {
	for a := range u.next {
		a.User = u.number
		p.serve(a, p.now())
		p.mu.Lock()
		p.idle = append(p.idle, u)
		p.mu.Unlock()
	}
}

// drain waits until all users have finished the operations they have.
func (p *userPool[T]) drain() {
	for _, u := range p.all {
		close(u.next)
	}
	p.running.Wait()
}
