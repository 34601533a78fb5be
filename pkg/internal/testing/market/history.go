package market

import "time"

// history is a value and its former values, the newest last. It is not safe for concurrent use.
type history[T any] struct{ versions []version[T] }

// version is a value since a time.
type version[T any] struct {
	since time.Time
	value T
}

// set gives the value from now on, and drops what was replaced longer than keep ago.
func (h *history[T]) set(value T, keep time.Duration) {
	now := time.Now()
	old := 0
	for old+1 < len(h.versions) && now.Sub(h.versions[old+1].since) > keep+time.Second {
		old++
	}
	h.versions = append(h.versions[old:], version[T]{now, value})
}

// last returns the newest value.
func (h *history[T]) last() T { return h.versions[len(h.versions)-1].value }

// at returns the value as it was at t, and whether there was one; before the first it returns the first.
func (h *history[T]) at(t time.Time) (T, bool) {
	for i := len(h.versions) - 1; i >= 0; i-- {
		if !h.versions[i].since.After(t) {
			return h.versions[i].value, true
		}
	}
	return h.versions[0].value, false
}
