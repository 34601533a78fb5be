package store

import "sync"

// groupCommitter commits submitted items in groups, one group after the other.
// Items that are submitted while a group is committed go into later groups. It is
// safe for concurrent use.
type groupCommitter[T any] struct {
	commit  func(group []T)
	canJoin func(group []T, next T) bool // whether next may be in the group, too

	mu      sync.Mutex
	waiting []T
	running bool
}

// submit adds an item; commit notifies its submitter.
func (c *groupCommitter[T]) submit(item T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, item)
	if !c.running {
		c.running = true
		go c.run()
	}
}

func (c *groupCommitter[T]) run() {
	for group := c.next(); len(group) > 0; group = c.next() {
		c.commit(group)
	}
}

// next removes a group from the waiting items; without any, the run ends.
func (c *groupCommitter[T]) next() []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.waiting) && (n == 0 || c.canJoin(c.waiting[:n], c.waiting[n])) {
		n++
	}
	group := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	if n == 0 {
		c.waiting, c.running = nil, false
	}
	return group
}
