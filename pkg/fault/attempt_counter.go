package fault

import (
	"slices"
	"time"
)

// AttemptCounter counts, from the times of a client's attempts, what the windows
// of a Wire and of a Process met. It does not count for a Proxy, which sees the
// requests themselves. Not safe for concurrent use.
type AttemptCounter struct {
	plan     Plan
	parts    []countedPart // of connection faults, then of process faults
	met      []int         // by window
	newest   []int         // by window: the number of the attempt that it met last
	attempts int
	last     time.Duration // when the last attempt ended
}

// countedPart is a time in which attempts count for one window, from from on and
// before to.
type countedPart struct {
	from, to time.Duration
	window   int
}

// NewAttemptCounter makes a counter for a valid plan.
func NewAttemptCounter(p Plan) *AttemptCounter {
	n := len(p.Windows)
	return &AttemptCounter{plan: p, parts: append(p.countedParts(connectionFault), p.countedParts(processFault)...), met: make([]int, n), newest: make([]int, n)}
}

// countedParts returns when attempts count for which window of s, in the order of
// time.
func (p Plan) countedParts(s scope) (parts []countedPart) {
	for at := time.Duration(0); ; {
		next, more := p.nextEdge(s, at)
		if !more {
			return parts
		}
		if i := p.openAt(s, at); i >= 0 {
			parts = append(parts, countedPart{at, next, i})
		}
		at = next
	}
}

// Add counts an attempt that was sent and ended so long after the stage's start.
func (c *AttemptCounter) Add(sent, ended time.Duration) {
	c.attempts++
	c.last = max(c.last, ended)
	for _, p := range c.parts {
		// a window has several parts when other windows begin or end in its midst
		if sent < p.to && ended >= p.from && c.newest[p.window] != c.attempts {
			c.newest[p.window] = c.attempts
			c.met[p.window]++
		}
	}
}

// LastEnd returns when the last attempt ended, since the stage's start; 0 before any
// was added.
func (c *AttemptCounter) LastEnd() time.Duration { return c.last }

// Complete adds to counts, which a Proxy made of the same plan, what the windows of
// a Wire and of a Process did. changes are those that their Follow returned.
func (c *AttemptCounter) Complete(counts *Counts, changes []Change) {
	for i, w := range c.plan.Windows {
		if scopes[w.Fault] == requestFault {
			continue
		}
		n := &counts.Windows[i]
		n.Met = c.met[i]
		switch {
		case !slices.ContainsFunc(c.parts, func(p countedPart) bool { return p.window == i }):
			n.Detail = shadowed
		case slices.ContainsFunc(changes, func(x Change) bool { return x.Window == i && x.Begun < c.last }):
			n.Taken = n.Met
		case n.Met > 0:
			n.Detail = tooLate
		}
	}
}
