package fault

import (
	"slices"
	"time"
)

// WindowCount is what one window of a plan did in a stage. The zero value is a
// window that met nothing.
type WindowCount struct {
	// Met is how many requests came while the window was open.
	//
	// Of a fault of requests these are the requests for POST /purchase that reached
	// the Proxy from From on and before To, whatever other windows did to them.
	//
	// Of a fault of connections or of the process these are the attempts of the
	// client of which some part, from sending to the end, lay in the window, as far
	// as no earlier window of a Wire, or of a Process, was open as well: of these the
	// first open one counts. Attempts that could not connect are among them.
	Met int
	// Taken is to how many of them the fault was done. Of a fault of requests these
	// are the ones that its share drew and no earlier window took. A fault of
	// connections or of the process is done to all that it met, or to none when it
	// did not begin to take effect before the last attempt had ended.
	Taken int
	// Detail says why less was taken than could be expected, for a window that took
	// nothing; "" where the counts say it.
	Detail string
}

// The details of windows that took nothing.
const (
	takenBefore = "earlier windows of the plan took all of them"
	shadowed    = "an earlier window of the plan was open all the while"
	tooLate     = "it was not in effect before the load had ended"
)

// AttemptCounter counts, from the times of a client's attempts, what the windows
// of a Wire and of a Process met. It does not count for a Proxy, which sees the
// requests themselves. Not safe for concurrent use.
type AttemptCounter struct {
	plan     Plan
	parts    []part // of connections, then of the process
	met      []int  // by window
	newest   []int  // by window: the number of the attempt that it met last
	attempts int
	last     time.Duration
}

// part is a time in which one window counts, from from on and before to.
type part struct {
	from, to time.Duration
	window   int
}

// NewAttemptCounter makes a counter for a valid plan.
func NewAttemptCounter(p Plan) *AttemptCounter {
	n := len(p.Windows)
	return &AttemptCounter{plan: p, parts: append(p.parts(connection), p.parts(process)...), met: make([]int, n), newest: make([]int, n)}
}

// parts is when which window of l counts, in the order of time.
func (p Plan) parts(l level) (list []part) {
	for at := time.Duration(0); ; {
		next, more := p.nextEdge(l, at)
		if !more {
			return list
		}
		if i := p.openAt(l, at); i >= 0 {
			list = append(list, part{at, next, i})
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

// LastEnd is when the last attempt ended, 0 before any was added.
func (c *AttemptCounter) LastEnd() time.Duration { return c.last }

// Complete adds to counts, which a Proxy made of the same plan, what the other
// windows did. changes are those of Follow, of a Wire and of a Process.
func (c *AttemptCounter) Complete(counts *Counts, changes []Change) {
	for i, w := range c.plan.Windows {
		if levels[w.Fault] == request {
			continue
		}
		n := &counts.Windows[i]
		n.Met = c.met[i]
		switch {
		case !slices.ContainsFunc(c.parts, func(p part) bool { return p.window == i }):
			n.Detail = shadowed
		case slices.ContainsFunc(changes, func(x Change) bool { return x.Window == i && x.Begun < c.last }):
			n.Taken = n.Met
		case n.Met > 0:
			n.Detail = tooLate
		}
	}
}
