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
func (h Partition) Connections(s Stage) int {
	if s.Open() {
		if part := h.count(s.cap()); s.Poisson || part < h.Planned(s) {
			return part
		}
		return h.Planned(s)
	}
	return h.count(s.Connections())
}

// Planned returns how many operations this partition of a valid stage plans; with
// Poisson arrivals the expected number.
func (h Partition) Planned(s Stage) int {
	if s.PerUser {
		return h.count(s.VUs) * s.Requests
	}
	return h.count(s.Planned())
}

// Validate reports why s has no such partition, nil when it has. It does not
// check s itself.
func (h Partition) Validate(s Stage) error {
	if h.Of < 0 || h.Number < 0 || h.Number >= h.parts() {
		return fmt.Errorf("stage %q: partition %d of %d does not exist, want 0 to %d", s.Name, h.Number, h.Of, h.parts()-1)
	}
	if most := s.MaxPartitions(); h.parts() > most {
		return fmt.Errorf("stage %q: it can be divided among %d processes at most, not %d: each needs a user and an operation", s.Name, most, h.Of)
	}
	return nil
}

func (h Partition) parts() int { return max(1, h.Of) }

// count is how many of the numbers 0 to n−1 are of this partition.
func (h Partition) count(n int) int { return max(0, (n-h.Number+h.parts()-1)/h.parts()) }

// wholeIndex is the number in the whole stage of this partition's i-th.
func (h Partition) wholeIndex(i int) int { return i*h.parts() + h.Number }

// partIndex is the inverse of wholeIndex.
func (h Partition) partIndex(number int) int { return number / h.parts() }

// arrivals yields this partition's elements of a stage's schedule, with their numbers.
func (h Partition) arrivals(all iter.Seq[time.Duration]) iter.Seq2[int, time.Duration] {
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
