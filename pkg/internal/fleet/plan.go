package fleet

import (
	"encoding/json"
	"errors"
	"fmt"

	"sagalab/pkg/internal/portable"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// plan is what the workers of a load have to know, stored as JSON. It has no secrets: each
// worker has the Authorization header of its own environment.
type plan struct {
	API        string            `json:"api"`
	Stage      string            `json:"stage"`            // as load.ParseStage reads it
	Order      *purchase.Request `json:"order,omitempty"`  // nil when Buyers says who buys what
	Buyers     string            `json:"buyers,omitempty"` // as buyers.Parse reads it; a feed by its hash
	Policy     retry.Policy      `json:"policy"`
	Seed       uint64            `json:"seed"`
	Partitions int               `json:"shares"`
	Host       string            `json:"host"` // of the coordinator, for messages
	// Answers are the names of purchase.Answers, by the answer's reason.
	Answers map[string]string `json:"answers,omitempty"`
	// Adapter is the contents of the file of an adapter, "" for the contract.
	Adapter string `json:"adapter,omitempty"`
	// Steps are those of a purchase by the adapter, nil for one request.
	Steps []string `json:"steps,omitempty"`
	// Traceparent is the load's id when requests are sent with a header traceparent, whose ids are
	// calculated from it, "" when they are not.
	Traceparent string `json:"traceparent,omitempty"`
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

// setAdapter has the plan say how the service is addressed; the error says that a Go type
// cannot be in it.
func (p *plan) setAdapter(a purchase.Adapter) (err error) {
	p.Steps = purchase.StepsOf(a)
	p.Adapter, err = purchase.Portable(a)
	return err
}

// sender returns what sends a partition of the plan from this machine: with the secrets in
// c, and only to an origin that c allows. The plan is the database's: loopback addresses
// have to be allowed, too.
func (p plan) sender(number int, c WorkerConfig) (*runner.Sender, error) {
	stage, err := load.ParseStage(p.Stage)
	if err != nil {
		return nil, err
	}
	endpoint, err := c.allowedEndpoint(p.API)
	if err != nil {
		return nil, err
	}
	answers, err := purchase.AnswersOf(p.Answers)
	if err != nil {
		return nil, err
	}
	var adapter purchase.Adapter = purchase.Contract{Answers: answers}
	if p.Adapter != "" {
		if adapter, err = portable.Parse("the load's adapter", p.Adapter, c.Vars); err != nil {
			return nil, err
		}
	}
	who, err := p.buyers(c)
	if err != nil {
		return nil, err
	}
	return runner.NewSender(runner.Load{Stage: stage, Buyers: who, LoadID: p.Traceparent}, load.Partition{Number: number, Of: p.Partitions}, runner.Target{
		Endpoint: endpoint, Seed: p.Seed, Adapter: adapter, Config: retry.Config{Policy: p.Policy, Header: c.Header, TLS: c.TLS}, Traceparent: p.Traceparent != "",
	})
}

// allowedEndpoint reads the address of a plan. Its error says how to allow it.
func (c WorkerConfig) allowedEndpoint(address string) (purchase.Endpoint, error) {
	endpoint, err := purchase.ParseEndpoint(address, c.AllowHosts...)
	if err != nil && !errors.Is(err, purchase.ErrNotAllowed) {
		return endpoint, err
	}
	if err != nil { // its host is not named at all
		return endpoint, fmt.Errorf("%w on this worker: start it with --allow-host HOST:PORT if it may put load there", err)
	}
	for _, text := range c.AllowHosts {
		if o, err := purchase.ParseOrigin(text); err == nil && o.Allows(endpoint) {
			return endpoint, nil
		}
	}
	return endpoint, fmt.Errorf("this worker may not send load to %s: start it with --allow-host %s if it may", endpoint.Origin(), endpoint.Origin())
}
