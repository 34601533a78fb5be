package fleet

import (
	"encoding/json"
	"fmt"
	"time"

	"sagalab/pkg/load"
)

// progress is what a worker reports of its partition, stored as JSON.
type progress struct {
	Started  int           `json:"started"`
	Dropped  int           `json:"dropped"`
	InFlight int           `json:"in_flight"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	Lag      load.Lag      `json:"lag"`
	// Latency is an encoded load.Histogram of the operations that have ended, including
	// those whose records are not yet uploaded.
	Latency []byte `json:"latency,omitempty"`
	// Chunks and Records count what was uploaded.
	Chunks  int `json:"parcels"`
	Records int `json:"records"`
	// Offset is how far the worker's clock is ahead of the database's, Error how much
	// that may be wrong, Delay how long after the common start the worker began.
	Offset time.Duration `json:"clock_offset_ns"`
	Error  time.Duration `json:"clock_error_ns"`
	Delay  time.Duration `json:"delay_ns"`
	// Report is nil until the partition has ended.
	Report *load.Report `json:"report,omitempty"`
	// Redelivered is true once all records of the worker's outbox were uploaded for a
	// collection.
	Redelivered bool `json:"redelivered,omitempty"`
	// Failure says what went wrong; "" when nothing did, or the load was stopped.
	Failure string `json:"failure,omitempty"`
}

func (p progress) encode() (string, error) {
	b, err := json.Marshal(p)
	return string(b), err
}

// decode reads a plan or a progress.
func decode[T any](text string) (v T, err error) {
	if err = json.Unmarshal([]byte(text), &v); err != nil {
		err = fmt.Errorf("what the fleet's database holds cannot be read; it is damaged, or was written by another version of this program: start all processes of the fleet from the same build: %w", err)
	}
	return v, err
}
