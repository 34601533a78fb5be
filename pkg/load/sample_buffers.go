package load

import (
	"sync"
	"sync/atomic"
)

// sampleBuffers hold what virtual users measured since they were last drained, one
// buffer for each user, so that users never wait for one another. Buffers that
// hold something are linked into a stack: drain visits them alone, however many
// others are idle.
type sampleBuffers[T any] struct {
	of    []*userBuffer[T] // by user; each made by its user, so that idle ones take nothing
	full  atomic.Pointer[userBuffer[T]]
	spare []Sample[T]
}

type userBuffer[T any] struct {
	mu      sync.Mutex
	samples []Sample[T]
	next    *userBuffer[T] // below this one in the stack
	_       [64]byte       // two users' buffers on one cache line would slow both
}

func newSampleBuffers[T any](users int) *sampleBuffers[T] {
	return &sampleBuffers[T]{of: make([]*userBuffer[T], users)}
}

// add keeps x of a user; it is called for one user from one goroutine at a time.
func (all *sampleBuffers[T]) add(user int, x Sample[T]) {
	b := all.of[user]
	if b == nil {
		b = new(userBuffer[T])
		all.of[user] = b
	}
	b.mu.Lock()
	first := len(b.samples) == 0
	b.samples = append(b.samples, x)
	b.mu.Unlock()
	if first {
		all.push(b)
	}
}

// push puts b, which was empty, on the stack.
func (all *sampleBuffers[T]) push(b *userBuffer[T]) {
	for {
		b.next = all.full.Load()
		if all.full.CompareAndSwap(b.next, b) {
			return
		}
	}
}

// drain moves all samples into the slice, from one goroutine at a time.
func (all *sampleBuffers[T]) drain(into []Sample[T]) []Sample[T] {
	for b := all.full.Swap(nil); b != nil; {
		next := b.next // before the user may push b again
		into = append(into, all.swap(b)...)
		clear(all.spare) // let go of what the values point to
		b = next
	}
	return into
}

// swap gives b a spare slice for its full one, which is the spare from then on
// and is returned: the user does not wait for a copy.
func (all *sampleBuffers[T]) swap(b *userBuffer[T]) []Sample[T] {
	b.mu.Lock()
	b.samples, all.spare = all.spare[:0], b.samples
	b.mu.Unlock()
	return all.spare
}
