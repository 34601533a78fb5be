package load

import (
	"fmt"
	"iter"
	"time"
)

// Partition is one of the parts into which a stage is divided for several processes.
// Together the parts have the stage's operations, users and arrivals, each exactly
// once and under the same number as in one process, whatever the kind of load. The
// zero value is the whole stage.
//
// Of the arrivals, of shared operations and of users, partition n has numbers n,
// n + Of, n + 2 Of and so on. A schedule is not scaled but distributed: every
// partition iterates over all of it and keeps its own arrivals, so that random
// (Poisson) arrivals are the same as in one process.
type Partition struct {
	// Number identifies the partition, 0 to Of−1.
	Number int `json:"number"`
	// Of is the number of partitions; 0 and 1 mean the whole stage.
	Of int `json:"of"`
}

// MaxPartitions returns into how many partitions a valid stage can be divided at most, so
// that each has a user and an operation.
func (s Stage) MaxPartitions() int {
	switch {
	case s.Open():
		return min(s.cap(), max(1, s.Planned()))
	case s.ramps(), s.PerUser:
		return s.Connections()
	}
	return min(s.VUs, s.Requests)
}

// Split returns how many operations each of so many partitions of a valid stage plans.
// For Poisson arrivals it counts those of the schedule for seed. For ramping users
// it returns zeros, since their number depends on the service.
func (s Stage) Split(of int, seed uint64) []int {
	planned, arrivals := make([]int, of), s.Planned()
	if s.Poisson {
		arrivals = 0
		for range s.Schedule(seed) {
			arrivals++
		}
	}
	for n := range planned {
		h := Partition{n, of}
		if planned[n] = h.count(arrivals); s.PerUser {
			planned[n] = h.Planned(s)
		}
	}
	return planned
}

// Connections returns how many operations of this partition of a valid stage are
// under way at once at most.
func (p Partition) Connections(s Stage) int {
	if s.Open() {
		if part := p.count(s.cap()); s.Poisson || part < p.Planned(s) {
			return part
		}
		return p.Planned(s)
	}
	return p.count(s.Connections())
}

// Planned returns how many operations this partition of a valid stage plans; with
// Poisson arrivals the expected number.
func (p Partition) Planned(s Stage) int {
	if s.PerUser {
		return p.count(s.VUs) * s.Requests
	}
	return p.count(s.Planned())
}

// Validate reports why s has no such partition, nil when it has. It does not
// check s itself.
func (p Partition) Validate(s Stage) error {
	if p.Of < 0 || p.Number < 0 || p.Number >= p.parts() {
		return fmt.Errorf("stage %q: partition %d of %d does not exist, want 0 to %d", s.Name, p.Number, p.Of, p.parts()-1)
	}
	if most := s.MaxPartitions(); p.parts() > most {
		return fmt.Errorf("stage %q: it can be divided among %d processes at most, not %d: each needs a user and an operation", s.Name, most, p.Of)
	}
	return nil
}

// Nearest returns the number of this partition's last operation of a valid stage up to
// index, -1 when it has none.
func (p Partition) Nearest(s Stage, index int) int {
	if index < 0 {
		return -1
	}
	if !s.PerUser {
		return p.last(index)
	}
	user := index / s.Requests
	if own := p.last(user); own != user {
		return max(-1, (own+1)*s.Requests-1)
	}
	return index
}

// last returns the last of this partition's numbers up to n, a negative number without one.
func (p Partition) last(n int) int {
	if n < p.Number {
		return -1
	}
	return n - (n-p.Number)%p.parts()
}

func (p Partition) parts() int { return max(1, p.Of) }

// count is how many of the numbers 0 to n−1 are of this partition.
func (p Partition) count(n int) int { return max(0, (n-p.Number+p.parts()-1)/p.parts()) }

// wholeIndex is the number in the whole stage of this partition's i-th.
func (p Partition) wholeIndex(i int) int { return i*p.parts() + p.Number }

// partIndex is the inverse of wholeIndex.
func (p Partition) partIndex(number int) int { return number / p.parts() }

// arrivals yields this partition's elements of a stage's schedule, with their numbers.
func (p Partition) arrivals(all iter.Seq[time.Duration]) iter.Seq2[int, time.Duration] {
	return func(yield func(int, time.Duration) bool) {
		n := 0
		for offset := range all {
			if n%p.parts() == p.Number && !yield(n, offset) {
				return
			}
			n++
		}
	}
}
