package runner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/google/uuid"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Target is a service and how it is called.
type Target struct {
	Endpoint purchase.Endpoint
	// Config is the retry client's; Connections is set to what the stage needs.
	Config retry.Config
	// Seed determines the schedule, the random part of keys and the jitter; 0 draws a
	// seed, which is recorded in the run's stage.json.
	Seed uint64
	// Adapter says how the service is asked and what its answers mean; nil is
	// purchase.Contract.
	Adapter purchase.Adapter
	// Traceparent sends a header traceparent with each request of a purchase, also polls and
	// logins: one trace id for the purchase, a span id for each request (traceid).
	Traceparent bool

	run    string            // the id of the run, for ids of traces; "" where Load.LoadID is given
	faults *faultChain       // between client and endpoint; nil without faults
	sent   *observe.SentKeys // takes the keys of purchases before they are sent; may be nil
}

// withSeed returns a target whose seed is not 0.
func (to Target) withSeed() Target {
	for to.Seed == 0 {
		to.Seed = rand.Uint64()
	}
	return to
}

// withHeader returns a target with one more header.
func (to Target) withHeader(name, value string) Target {
	to.Config.Header = to.Config.Header.Clone()
	if to.Config.Header == nil {
		to.Config.Header = http.Header{}
	}
	to.Config.Header.Set(name, value)
	return to
}

// ErrInterrupted is the cause to end a stage's context with when a person
// stopped it.
var ErrInterrupted = errors.New("interrupted")

// Load is a stage of load: its schedule, what is bought, and what it is judged by.
type Load struct {
	Stage load.Stage
	// Buyers say what each purchase buys, and under which key; a purchase.Request is copied
	// for each purchase, under a key of its own.
	Buyers purchase.Buyers
	// Thresholds that name another stage are ignored.
	Thresholds []threshold.Threshold
	// Search names the search for a capacity that the load is a probe of, "" for none.
	Search string
	// LoadID identifies the load in the database of the fleet that sends it, "" for none.
	LoadID string
}

// NewLoadID returns the id of a new load of a fleet, for Load.LoadID.
func NewLoadID() string { return uuid.NewString() }

// Watch receives the state of a running stage, ten times a second and at its end,
// from one goroutine. It must not block.
type Watch func(live.Snapshot)

// Run executes the load and records it in run. watch may be nil. The results are
// of the thresholds, over every operation that ended.
//
// A stage, order or policy that is not valid is refused before anything is sent or
// recorded. When ctx ends, what was recorded until then is finished as interrupted
// and the cause is returned. A threshold that stops the stage does the same; the
// error then is a *threshold.AbortError.
func (l Load) Run(ctx context.Context, run runs.Run, to Target, watch Watch) ([]threshold.Result, error) {
	v, err := l.validate(load.Partition{})
	if err != nil {
		return nil, err
	}
	x, _, err := v.send(ctx, run, to, runs.Load, watch)
	return x.judged(), err
}

// RecordFrom records the load like Run, but another process sends it: the records
// come from source, which gets the stage's seed. Of to only what the run says of
// itself is used.
func (l Load) RecordFrom(ctx context.Context, run runs.Run, to Target, watch Watch, source RecordSource) ([]threshold.Result, error) {
	v, err := l.validate(load.Partition{})
	if err := errors.Join(err, to.Config.Policy.Validate()); err != nil {
		return nil, err
	}
	x, err := v.recordFrom(ctx, run, to, watch, source)
	return x.judged(), err
}

// RunCase runs one purchase and records it in run under a name.
func RunCase(ctx context.Context, run runs.Run, to Target, name string, order purchase.Request) (purchase.Result, error) {
	v, err := Load{Stage: load.Stage{Name: name, Requests: 1, VUs: 1}, Buyers: order}.validate(load.Partition{})
	if err != nil {
		return purchase.Result{}, fmt.Errorf("case %q: %w", name, err)
	}
	_, s, err := v.send(ctx, run, to, runs.Case, nil)
	if s == nil {
		return purchase.Result{}, fmt.Errorf("case %q: %w", name, err)
	}
	return s.last, err
}

// validLoad is a load that was validated, with the part of it that is run.
type validLoad struct {
	Load
	workload load.Workload
}

// validate reports everything that is wrong with the load, or with the partition of
// its stage.
func (l Load) validate(partition load.Partition) (validLoad, error) {
	workload, err := load.NewWorkload(l.Stage, partition)
	err = errors.Join(err, validateBuyers(l.Buyers))
	for _, t := range l.Thresholds {
		err = errors.Join(err, t.Validate())
	}
	if order, constant := purchase.Constant(l.Buyers); constant && order.IdempotencyKey != "" && (l.Stage.Requests != 1 || l.Stage.PerUser) {
		err = errors.Join(err, fmt.Errorf("stage %q: the order has the idempotency key %q, which would make its purchases one; leave it empty", l.Stage.Name, order.IdempotencyKey))
	}
	return validLoad{l, workload}, err
}

// validateBuyers reports everything that is wrong with buyers, and that there are none.
func validateBuyers(b purchase.Buyers) error {
	if b == nil {
		return errors.New("nothing to buy: give an order or other buyers")
	}
	return b.Validate()
}
