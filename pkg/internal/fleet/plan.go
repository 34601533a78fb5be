package fleet

import (
	"encoding/json"
	"fmt"
	"time"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// plan is what a load's workers have to know, kept as JSON. Secrets are not in it:
// each worker has the Authorization header of its own environment.
type plan struct {
	API        string           `json:"api"`
	Stage      string           `json:"stage"` // as load.ParseStage reads it
	Order      purchase.Request `json:"order"`
	Policy     retry.Policy     `json:"policy"`
	Seed       uint64           `json:"seed"`
	Partitions int              `json:"shares"`
}

// task is what the queue hands to a worker.
type task struct {
	LoadID string `json:"load_id"`
	Number int    `json:"number"`
}

func (p plan) encode() (string, error) {
	b, err := json.Marshal(p)
	return string(b), err
}

// sender is what sends a share of the plan, from this machine: with its secrets,
// and only where its owner allows it.
func (p plan) sender(number int, c WorkerConfig) (*runner.Sender, error) {
	stage, err := load.ParseStage(p.Stage)
	if err != nil {
		return nil, err
	}
	endpoint, err := purchase.ParseEndpoint(p.API, c.AllowHosts...)
	if err != nil {
		return nil, err
	}
	return runner.NewSender(runner.Load{Stage: stage, Order: p.Order}, load.Share{Number: number, Of: p.Partitions}, runner.Target{
		Endpoint: endpoint, Seed: p.Seed, Config: retry.Config{Policy: p.Policy, Header: c.Header, TLS: c.TLS},
	})
}

// progress is what a worker says of its share, kept as JSON.
type progress struct {
	Started  int           `json:"started"`
	Dropped  int           `json:"dropped"`
	InFlight int           `json:"in_flight"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	Lag      load.Lag      `json:"lag"`
	// Latency is an encoded load.Histogram of the operations that have ended, also
	// of those whose records are not delivered yet.
	Latency []byte `json:"latency,omitempty"`
	// Parcels and Records are how many it has delivered.
	Chunks  int `json:"parcels"`
	Records int `json:"records"`
	// Offset and Error are of its clock against the database's, Delay how long after
	// the agreed start it began.
	Offset time.Duration `json:"clock_offset_ns"`
	Error  time.Duration `json:"clock_error_ns"`
	Delay  time.Duration `json:"delay_ns"`
	// Report is how it ended, nil before.
	Report *load.Report `json:"report,omitempty"`
	// Failure says what went wrong, "" if nothing did, or only what was asked for.
	Failure string `json:"failure,omitempty"`
}

func (p progress) encode() (string, error) {
	b, err := json.Marshal(p)
	return string(b), err
}

func decode[T any](text string) (v T, err error) {
	if err = json.Unmarshal([]byte(text), &v); err != nil {
		err = fmt.Errorf("what the fleet's database holds cannot be read, it was written by another version or damaged: %w", err)
	}
	return v, err
}
