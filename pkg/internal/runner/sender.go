package runner

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/traceid"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// send sends the load from this process and records it. Both the recording and the
// sender are nil when the load was refused.
func (v validLoad) send(ctx context.Context, run runs.Run, to Target, kind string, watch Watch) (*recording, *Sender, error) {
	token, err := observe.RunToken(run)
	if err != nil {
		return nil, nil, err
	}
	to = to.withSeed().withHeader(purchase.RunHeader, token)
	to.run = run.ID
	s, err := newSender(v, to)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	x := newRecording(v.Load, to, watch)
	if err := x.begin(run, kind); err != nil {
		return x, s, err
	}
	report, err := s.Run(ctx, time.Time{}, x.record)
	return x, s, x.finish(ctx, SourceResult{Report: report}, err)
}

// Sender sends the purchases of a load, or of a partition of it, and passes on
// their records. Make one with NewSender; it runs once.
type Sender struct {
	validLoad
	seed   uint64
	drawn  *drawnPurchases
	retry  *retry.Client
	client *purchase.Client
	faults *faultChain       // nil without faults
	sent   *observe.SentKeys // nil when they are not of interest

	waiting waiting
	clock   clock
	record  func(Batch) error
	records []runs.Record
	last    purchase.Result
}

// NewSender validates a load and a partition of its stage, and makes the client for
// it; to.Seed is the stage's. Nothing is sent. Close it.
func NewSender(l Load, partition load.Partition, to Target) (*Sender, error) {
	v, err := l.validate(partition)
	if err != nil {
		return nil, err
	}
	return newSender(v, to)
}

func newSender(v validLoad, to Target) (*Sender, error) {
	if err := checkFileLimit(v.workload); err != nil {
		return nil, err
	}
	if err := purchase.Check(to.Adapter, v.Buyers.Buy(to.Seed, 0).Request); err != nil {
		return nil, fmt.Errorf("the first purchase: %w", err)
	}
	to.Config.Connections = v.workload.Connections()
	to.Config.Rand = rand.New(rand.NewPCG(to.Seed, uint64(v.workload.Partition().Number)))
	s := &Sender{validLoad: v, seed: to.Seed, drawn: newDrawnPurchases(v, to.Seed), faults: to.faults, sent: to.sent}
	if to.Traceparent {
		to.Config.Traceparent = traceparents(traceid.Stage{Load: cmp.Or(v.LoadID, to.run), Name: v.Stage.Name, Seed: to.Seed})
	}
	to.Config.Secrets = append(slices.Clone(to.Config.Secrets), purchase.SecretsOf(to.Adapter)...)
	var err error
	if s.retry, err = retry.New(to.Config); err != nil {
		return nil, err
	}
	client, err := newPurchaseClient(to, s.retry)
	if err != nil {
		return nil, err
	}
	s.client = client.OnWait(s.attemptEnded)
	return s, nil
}

// newPurchaseClient makes the client that sends to a target, through the chain of faults if
// there is one.
func newPurchaseClient(to Target, c *retry.Client) (*purchase.Client, error) {
	if to.faults == nil {
		return purchase.NewClient(to.Endpoint, c).WithAdapter(to.Adapter), nil
	}
	chain, err := purchase.ParseEndpoint(to.faults.wire.URL())
	if err != nil {
		return nil, err
	}
	return purchase.NewClient(chain, c).WithAdapter(to.Adapter).MarkAttempts(markAttempt), nil
}

// markAttempt returns the header by which the proxy of a chain of faults recognises an attempt.
func markAttempt(key string, number int) retry.Header {
	return retry.Header{Name: fault.AttemptHeader, Value: fault.AttemptMark{Key: key, Number: number}.String()}
}

// Close closes the sender's idle connections.
func (s *Sender) Close() { s.retry.Close() }

// Reachable checks that the service answers this process, as purchase.Client does.
func (s *Sender) Reachable(ctx context.Context) error {
	return s.client.Reachable(ctx, purchase.DefaultConnectivity(), func(int, error) {})
}

// Run sends from now on and passes on what was recorded, as load.RunWorkload does.
// origin is this moment by the wall clock that all partitions agree on; zero
// means this machine's. record must not keep the slice of records.
func (s *Sender) Run(ctx context.Context, origin time.Time, record func(Batch) error) (load.Report, error) {
	defer relaxGC()()
	s.record = record
	s.clock = startClock(origin)
	if s.faults != nil {
		s.faults.begin(s.clock.base)
	}
	return load.RunWorkload(ctx, s.workload, s.seed, s.purchase, s.recordBatch)
}
