package fault

import (
	"maps"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/internal/keyed"
)

// What a Proxy remembers of a stage at most.
const (
	MaxEvents = 1 << 16
	maxSeen   = 1 << 18 // keys whose requests are counted, in each of two generations
	maxKey    = 255     // bytes of a key in an Event
)

// Event is one request that did not simply pass.
type Event struct {
	At  time.Duration // since the start of the stage
	Key string        // its idempotency key, "" without one; at most 255 bytes
	// Seen is 1 for the first request under the key in this stage; requests
	// without one are counted together.
	Seen int
	// Fault is what was done to it, or Failed.
	Fault Kind
	// Window is the index of the window in the plan, -1 for Failed.
	Window int
}

// Counts is what a Proxy did in a stage to requests for POST /purchase.
type Counts struct {
	Requests int
	// Passed were forwarded, and their replies returned, untouched.
	Passed int
	// Faults are those done, by kind, and under Failed the requests whose reply
	// the service itself failed to give, whether a fault was done or not.
	Faults map[Kind]int
	// Unrecorded is how many events were too many to keep.
	Unrecorded int
	// Windows is what each window of the plan did, in the plan's order; nil for a plan
	// without windows. A Proxy counts for its own, the faults of requests: those of
	// connections and of the process are counted by an AttemptCounter.
	Windows []WindowCount
}

// stage is a plan under way.
type stage struct {
	plan  Plan
	start time.Time

	mu      sync.Mutex
	ended   bool
	unkeyed uint64
	seen    seen
	counts  Counts
	left    []int // by window: the requests that it met and that no earlier window took
	events  []Event
}

func newStage(p Plan, start time.Time) *stage {
	p.Windows = append([]Window(nil), p.Windows...)
	s := &stage{plan: p, start: start, seen: newSeen(maxSeen), counts: Counts{Faults: map[Kind]int{}}}
	if n := len(p.Windows); n > 0 {
		s.counts.Windows, s.left = make([]WindowCount, n), make([]int, n)
	}
	return s
}

// arrival is a request that a stage has counted.
type arrival struct {
	at  time.Duration
	key string
	// nth counts from 1: under the key, or of all requests without one.
	nth uint64
}

// decide counts a request that arrived now and says which window takes it; false
// when none does.
func (s *stage) decide(key string, now time.Time) (arrival, int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := arrival{at: now.Sub(s.start), key: key}
	id := keyed.IDOf(key)
	if key == "" {
		s.unkeyed++
		a.nth = s.unkeyed
	} else {
		a.nth = s.seen.count(id)
	}
	s.counts.Requests++
	taker := -1
	for i, w := range s.plan.Windows {
		if s.ended || levels[w.Fault] != request || !w.open(a.at) {
			continue
		}
		s.counts.Windows[i].Met++
		if taker >= 0 {
			continue
		}
		s.left[i]++
		if id.Fraction(s.plan.Seed, uint64(i), a.nth) < w.Share {
			taker = i
			s.counts.Windows[i].Taken++
			s.note(a, w.Fault, i)
		}
	}
	if taker < 0 {
		s.counts.Passed++
	}
	return a, taker, taker >= 0
}

// failed notes that the service gave no reply to a request; passing says that no
// fault was done to it.
func (s *stage) failed(a arrival, passing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if passing {
		s.counts.Passed--
	}
	s.note(a, Failed, -1)
}

// note needs mu.
func (s *stage) note(a arrival, k Kind, window int) {
	s.counts.Faults[k]++
	if len(s.events) >= MaxEvents {
		s.counts.Unrecorded++
		return
	}
	s.events = append(s.events, Event{At: a.at, Key: clip(a.key, maxKey), Seen: int(a.nth), Fault: k, Window: window})
}

func (s *stage) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

func (s *stage) report() (Counts, []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Faults, c.Windows = maps.Clone(c.Faults), slices.Clone(c.Windows)
	for i := range c.Windows {
		if w := &c.Windows[i]; w.Met > 0 && s.left[i] == 0 {
			w.Detail = takenBefore
		}
	}
	return c, append([]Event(nil), s.events...)
}

// seen counts how often each key came. It forgets a key that did not come again
// while limit others did, so that a stage of any length has bounded memory; a
// key's attempts are seconds apart.
type seen struct {
	limit      int // of keys, in each of two generations
	young, old map[keyed.ID]uint64
}

func newSeen(limit int) seen { return seen{limit: limit, young: map[keyed.ID]uint64{}} }

// count is how often id has come, this time included.
func (s *seen) count(id keyed.ID) uint64 {
	n, young := s.young[id]
	if !young {
		n = s.old[id]
		if len(s.young) >= s.limit {
			s.old, s.young = s.young, map[keyed.ID]uint64{}
		}
	}
	s.young[id] = n + 1
	return n + 1
}
