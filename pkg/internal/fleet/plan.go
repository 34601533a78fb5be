package fleet

import (
	"encoding/json"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// plan is what the workers of a load have to know, stored as JSON. It has no secrets: each
// worker has the Authorization header of its own environment.
type plan struct {
	API        string           `json:"api"`
	Stage      string           `json:"stage"` // as load.ParseStage reads it
	Order      purchase.Request `json:"order"`
	Policy     retry.Policy     `json:"policy"`
	Seed       uint64           `json:"seed"`
	Partitions int              `json:"shares"`
}

// task is the queue's message to a worker: one partition of a load.
type task struct {
	LoadID string `json:"load_id"`
	Number int    `json:"number"`
}

func (p plan) encode() (string, error) {
	b, err := json.Marshal(p)
	return string(b), err
}

// sender returns what sends a partition of the plan from this machine: with the secrets in
// c, and only to hosts that c allows.
func (p plan) sender(number int, c WorkerConfig) (*runner.Sender, error) {
	stage, err := load.ParseStage(p.Stage)
	if err != nil {
		return nil, err
	}
	endpoint, err := purchase.ParseEndpoint(p.API, c.AllowHosts...)
	if err != nil {
		return nil, err
	}
	return runner.NewSender(runner.Load{Stage: stage, Order: p.Order}, load.Partition{Number: number, Of: p.Partitions}, runner.Target{
		Endpoint: endpoint, Seed: p.Seed, Config: retry.Config{Policy: p.Policy, Header: c.Header, TLS: c.TLS},
	})
}
