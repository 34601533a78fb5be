package fault

import (
	"maps"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/internal/keyed"
)

const (
	maxCountedKeys = 1 << 18 // keys whose requests are counted, in each of two generations
	maxEventKey    = 255     // bytes of a key in an Event
)

// activePlan is a plan during a stage, as a Proxy does it: it decides which window
// takes each request, and counts. Safe for concurrent use.
type activePlan struct {
	plan  Plan
	start time.Time

	mu        sync.Mutex
	ended     bool
	unkeyed   uint64 // requests without a key
	keyCounts keyCounter
	counts    Counts
	reached   []int // by window: the requests that it met and that no earlier window took
	events    []Event
}

func newActivePlan(p Plan, start time.Time) *activePlan {
	p.Windows = append([]Window(nil), p.Windows...)
	a := &activePlan{plan: p, start: start, keyCounts: newKeyCounter(maxCountedKeys), counts: Counts{Faults: map[Kind]int{}}}
	if n := len(p.Windows); n > 0 {
		a.counts.Windows, a.reached = make([]WindowCount, n), make([]int, n)
	}
	return a
}

// arrival is a request that an activePlan has counted.
type arrival struct {
	AttemptMark
	at time.Duration // since the start of the stage
	// nth counts from 1: under the key, or of all requests without one.
	nth uint64
}

// decide counts a request that arrived now and returns the index of the window that
// takes it; taken is false when none does. m has no number when the request had no mark.
func (p *activePlan) decide(m AttemptMark, now time.Time) (a arrival, window int, taken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a = arrival{AttemptMark: m, at: now.Sub(p.start)}
	id := keyed.IDOf(m.Key)
	if m.Key == "" {
		p.unkeyed++
		a.nth = p.unkeyed
	} else {
		a.nth = p.keyCounts.count(id)
	}
	p.counts.Requests++
	window = -1
	for i, w := range p.plan.Windows {
		if p.ended || scopes[w.Fault] != requestFault || !w.isOpen(a.at) {
			continue
		}
		p.counts.Windows[i].Met++
		if window >= 0 {
			continue
		}
		p.reached[i]++
		if id.Fraction(p.plan.Seed, uint64(i), a.nth) < w.Probability {
			window = i
			p.counts.Windows[i].Taken++
			p.addEvent(a, w.Fault, i)
		}
	}
	if window < 0 {
		p.counts.Passed++
	}
	return a, window, window >= 0
}

// noteFailed notes that the service gave no reply to a request; passing says that no
// fault was done to it.
func (p *activePlan) noteFailed(a arrival, passing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if passing {
		p.counts.Passed--
	}
	p.addEvent(a, Failed, -1)
}

// addEvent needs mu.
func (p *activePlan) addEvent(a arrival, k Kind, window int) {
	p.counts.Faults[k]++
	if len(p.events) >= MaxEvents {
		p.counts.Unrecorded++
		return
	}
	p.events = append(p.events, Event{At: a.at, Key: clip(a.Key, maxEventKey), Attempt: a.Number, Seen: int(a.nth), Fault: k, Window: window})
}

// end closes all windows.
func (p *activePlan) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

// report returns copies of what was counted.
func (p *activePlan) report() (Counts, []Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts
	c.Faults, c.Windows = maps.Clone(c.Faults), slices.Clone(c.Windows)
	for i := range c.Windows {
		if w := &c.Windows[i]; w.Met > 0 && p.reached[i] == 0 {
			w.Detail = takenBefore
		}
	}
	return c, append([]Event(nil), p.events...)
}
