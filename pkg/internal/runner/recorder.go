package runner

import (
	"errors"

	"sagalab/pkg/internal/threshold"
)

// Keeper hands batches of a Source on, also once the load is to stop: what still
// comes home after a threshold has failed is kept. When it cannot be kept (a full
// disk), nothing more is handed on. For one goroutine.
type Keeper struct {
	record func(Batch) error
	broken bool
	// Err is the first error, by which the load is to stop.
	Err error
}

// NewKeeper keeps with record.
func NewKeeper(record func(Batch) error) *Keeper { return &Keeper{record: record} }

// Keep hands b on and reports whether its records were kept.
func (k *Keeper) Keep(b Batch) bool {
	if k.broken {
		return false
	}
	err := k.record(b)
	if aborted := new(threshold.AbortError); err != nil && !errors.As(err, &aborted) {
		k.broken = true
	}
	if k.Err == nil {
		k.Err = err
	}
	return !k.broken
}
