package load

import (
	"fmt"
	"iter"
	"time"
)

// Share is one of the parts into which a stage is divided for several machines.
// The parts of a stage are the stage: together they have its operations, its
// users and its arrivals, each exactly once and under the same numbers as on one
// machine, whatever the kind of load. The zero value is the whole stage.
//
// Of the arrivals, of shared operations and of users, share n has numbers n,
// n + Of, n + 2 Of and so on. A schedule is not scaled but dealt out: every share
// walks through all of it and keeps its own, so that random (Poisson) arrivals
// stay those of one process, too.
type Share struct {
	// Number is which one this is, 0 to Of−1.
	Number int `json:"number"`
	// Of is how many there are, at least 1; 0 and 1 mean the whole stage.
	Of int `json:"of"`
}

// Shares is into how many parts a valid stage can be divided at most: no part
// may be without a user or without anything to do.
func (s Stage) Shares() int {
	switch {
	case s.Open():
		return min(s.cap(), max(1, s.Asked()))
	case s.ramps(), s.PerUser:
		return s.Connections()
	}
	return min(s.VUs, s.Requests)
}

// Deal is how many operations each of so many shares of a valid stage plans,
// exactly even for Poisson arrivals, whose schedule it walks through; zeros for
// ramping users, as nobody knows.
func (s Stage) Deal(of int, seed uint64) []int {
	planned, arrivals := make([]int, of), s.Asked()
	if s.Poisson {
		arrivals = 0
		for range s.Schedule(seed) {
			arrivals++
		}
	}
	for n := range planned {
		h := Share{n, of}
		if planned[n] = h.count(arrivals); s.PerUser {
			planned[n] = h.Asked(s)
		}
	}
	return planned
}

// Connections is how many operations of this share of a valid stage are under
// way at once at most.
func (h Share) Connections(s Stage) int {
	if s.Open() {
		if part := h.count(s.cap()); s.Poisson || part < h.Asked(s) {
			return part
		}
		return h.Asked(s)
	}
	return h.count(s.Connections())
}

// Asked is how many operations this share of a valid stage plans; with Poisson
// arrivals about as many.
func (h Share) Asked(s Stage) int {
	if s.PerUser {
		return h.count(s.VUs) * s.Requests
	}
	return h.count(s.Asked())
}

// Validate says why there is no such share of s, nil when there is. It does not
// check s itself.
func (h Share) Validate(s Stage) error {
	if h.Of < 0 || h.Number < 0 || h.Number >= h.parts() {
		return fmt.Errorf("stage %q: share %d of %d does not exist, want 0 to %d", s.Name, h.Number, h.Of, h.parts()-1)
	}
	if most := s.Shares(); h.parts() > most {
		return fmt.Errorf("stage %q: it can be divided among %d workers at most, not %d: each needs a user and something to do", s.Name, most, h.Of)
	}
	return nil
}

func (h Share) parts() int { return max(1, h.Of) }

// of is how many of the numbers 0 to n−1 are this share's.
func (h Share) count(n int) int { return max(0, (n-h.Number+h.parts()-1)/h.parts()) }

// number is what the i-th of this share is called in the whole stage.
func (h Share) wholeIndex(i int) int { return i*h.parts() + h.Number }

// local is number's inverse.
func (h Share) partIndex(number int) int { return number / h.parts() }

// own keeps this share's of a sequence, with their numbers.
func (h Share) arrivals(all iter.Seq[time.Duration]) iter.Seq2[int, time.Duration] {
	return func(yield func(int, time.Duration) bool) {
		n := 0
		for offset := range all {
			if n%h.parts() == h.Number && !yield(n, offset) {
				return
			}
			n++
		}
	}
}
