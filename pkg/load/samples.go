package load

import (
	"sync"
	"sync/atomic"
)

// shards hold what virtual users measured since the last flush, each user's by
// itself, so that users never wait for one another. Those that hold something
// are linked into a stack: a flush visits them alone, however many others are
// idle.
type sampleBuffers[T any] struct {
	of    []*userBuffer[T] // by user; each made by its user, which has few if idle
	full  atomic.Pointer[userBuffer[T]]
	spare []Sample[T]
}

type userBuffer[T any] struct {
	mu      sync.Mutex
	samples []Sample[T]
	next    *userBuffer[T] // below this one in the stack
	_       [64]byte       // two users' shards on one cache line would slow both
}

func newSampleBuffers[T any](users int) *sampleBuffers[T] {
	return &sampleBuffers[T]{of: make([]*userBuffer[T], users)}
}

// add keeps x of a user; it is called for one user from one goroutine at a time.
func (all *sampleBuffers[T]) add(user int, x Sample[T]) {
	s := all.of[user]
	if s == nil {
		s = new(userBuffer[T])
		all.of[user] = s
	}
	s.mu.Lock()
	first := len(s.samples) == 0
	s.samples = append(s.samples, x)
	s.mu.Unlock()
	if first {
		all.push(s)
	}
}

func (all *sampleBuffers[T]) push(s *userBuffer[T]) {
	for {
		s.next = all.full.Load()
		if all.full.CompareAndSwap(s.next, s) {
			return
		}
	}
}

// take moves all samples into the slice, from one goroutine at a time.
func (all *sampleBuffers[T]) drain(into []Sample[T]) []Sample[T] {
	for s := all.full.Swap(nil); s != nil; {
		next := s.next // before the user may push s again
		into = append(into, all.swap(s)...)
		clear(all.spare) // let go of what the values point to
		s = next
	}
	return into
}

// empty gives s a spare slice for its full one, which is the spare from then on
// and is returned: the user is kept waiting for no copy.
func (all *sampleBuffers[T]) swap(s *userBuffer[T]) []Sample[T] {
	s.mu.Lock()
	s.samples, all.spare = all.spare[:0], s.samples
	s.mu.Unlock()
	return all.spare
}
