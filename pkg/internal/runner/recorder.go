package runner

import (
	"errors"

	"sagalab/pkg/internal/threshold"
)

// Recorder passes on the batches of a source and remembers the first error, so that
// records which arrive after a threshold has failed are still stored. When storing
// fails (a full disk), nothing more is passed on. For one goroutine.
type Recorder struct {
	record func(Batch) error
	broken bool
	// Err is the first error; when it is not nil, the load is to stop.
	Err error
}

// NewRecorder returns a Recorder that stores with record.
func NewRecorder(record func(Batch) error) *Recorder { return &Recorder{record: record} }

// Record stores b and reports whether its records were stored.
func (r *Recorder) Record(b Batch) bool {
	if r.broken {
		return false
	}
	err := r.record(b)
	if aborted := new(threshold.AbortError); err != nil && !errors.As(err, &aborted) {
		r.broken = true
	}
	if r.Err == nil {
		r.Err = err
	}
	return !r.broken
}
