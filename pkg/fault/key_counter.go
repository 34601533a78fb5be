package fault

import "sagalab/pkg/internal/keyed"

// keyCounter counts how often each key came. It forgets a key that did not come again
// while limit others did, so that a stage of any length has bounded memory; a
// key's attempts are seconds apart. Not safe for concurrent use.
type keyCounter struct {
	limit         int // of keys, in each of two generations
	recent, older map[keyed.ID]uint64
}

func newKeyCounter(limit int) keyCounter {
	return keyCounter{limit: limit, recent: map[keyed.ID]uint64{}}
}

// count returns how often id has come, this time included.
func (c *keyCounter) count(id keyed.ID) uint64 {
	n, isRecent := c.recent[id]
	if !isRecent {
		n = c.older[id]
		if len(c.recent) >= c.limit {
			c.older, c.recent = c.recent, map[keyed.ID]uint64{}
		}
	}
	c.recent[id] = n + 1
	return n + 1
}
