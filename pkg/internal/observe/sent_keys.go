package observe

import (
	"math/bits"
	"sync/atomic"
)

// SentKeys holds the idempotency keys that a load has sent, as a Bloom filter of 2 MB: a key
// that was sent is always found; with a million keys, of others fewer than 3 in 1000 are.
// The zero value is empty. It is safe for concurrent use.
type SentKeys struct{ words [sentWords]atomic.Uint64 }

const (
	sentWords  = 1 << 18
	sentHashes = 6
)

// Add adds a key.
func (s *SentKeys) Add(key string) {
	s.each(key, func(word *atomic.Uint64, bit uint64) bool {
		word.Or(bit)
		return true
	})
}

// Has reports whether a key was added; it may be true of one that was not.
func (s *SentKeys) Has(key string) bool {
	found := true
	s.each(key, func(word *atomic.Uint64, bit uint64) bool {
		found = word.Load()&bit != 0
		return found
	})
	return found
}

// each calls f with the places of a key until it returns false.
func (s *SentKeys) each(key string, f func(word *atomic.Uint64, bit uint64) bool) {
	h := hashOf(key)
	step := bits.RotateLeft64(h, 32) | 1
	for range sentHashes {
		place := h >> (64 - 24) // of 2²⁴ bits
		if !f(&s.words[place>>6], 1<<(place&63)) {
			return
		}
		h += step
	}
}
