package runner

import (
	"context"
	"math/rand/v2"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Batch is the records of purchases that ended since the last one, and where the
// stage then stands (load.Batch).
type Batch struct {
	Records                    []runs.Record
	Started, Dropped, InFlight int
	Elapsed                    time.Duration
	Lag                        load.Lag
}

// Sender sends a stage's purchases, or a share of them, and records nothing
// itself. Make one with NewSender; it runs once.
type Sender struct {
	Load
	share  load.Share
	seed   uint64
	client *purchase.Client
	retry  *retry.Client
	faults *faultChain

	clock clock
	last  purchase.Result
	batch []runs.Record
}

// NewSender checks a load and makes the client for a share of it; to.Seed is the
// stage's. Nothing is sent. Close it.
func NewSender(l Load, h load.Share, to Target) (*Sender, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	if err := h.Validate(l.Stage); err != nil {
		return nil, err
	}
	if err := checkLimits(l.Stage, h); err != nil {
		return nil, err
	}
	to.Config.Connections = h.Connections(l.Stage)
	to.Config.Rand = rand.New(rand.NewPCG(to.Seed, uint64(h.Number)))
	sender, err := retry.New(to.Config)
	if err != nil {
		return nil, err
	}
	endpoint := to.Endpoint
	if to.faults != nil {
		if endpoint, err = purchase.ParseEndpoint(to.faults.wire.URL()); err != nil {
			return nil, err
		}
	}
	return &Sender{Load: l, share: h, seed: to.Seed, retry: sender, client: purchase.NewClient(endpoint, sender), faults: to.faults}, nil
}

// Close lets go of the sender's connections.
func (s *Sender) Close() { s.retry.Close() }

// Reachable checks from here that the service answers, as purchase.Client does.
func (s *Sender) Reachable(ctx context.Context) error {
	return s.client.Reachable(ctx, purchase.DefaultConnectivity(), func(int, error) {})
}

// Run sends from now on and hands on what was recorded, as load.RunShare does.
// origin is what a wall clock that all shares agree on shows at this moment; zero
// means this machine's. record must not keep the slice of records.
func (s *Sender) Run(ctx context.Context, origin time.Time, record func(Batch) error) (load.Report, error) {
	defer relaxGC()()
	s.clock = startClock(origin)
	if s.faults != nil {
		s.faults.begin(s.clock.base)
	}
	return load.RunShare(ctx, s.Stage, s.share, s.seed, s.purchase, func(b load.Batch[purchase.Result]) error {
		s.batch = s.batch[:0]
		for i := range b.Samples {
			s.batch = append(s.batch, recordOf(s.Stage.Name, s.clock, b.Samples[i]))
			s.last = b.Samples[i].Value
		}
		return record(Batch{s.batch, b.Started, b.Dropped, b.InFlight, b.Elapsed, b.Lag})
	})
}

// purchase is what a virtual user does with an arrival.
func (s *Sender) purchase(ctx context.Context, a load.Arrival) purchase.Result {
	p := s.Order
	if p.IdempotencyKey == "" {
		p.IdempotencyKey = idempotencyKey(s.seed, s.Stage.Name, a.Index, s.clock.wall(a.Scheduled))
	}
	return s.client.Purchase(ctx, p)
}

// clock tells a wall clock's times for a file, which cannot hold the monotonic
// clock: what the wall clock showed at the start plus what the monotonic clock
// counted since. All rows of a stage are so in the order in which they happened,
// even when somebody set the clock in between.
type clock struct{ base, origin time.Time }

func startClock(origin time.Time) clock {
	now := time.Now()
	if origin.IsZero() {
		origin = now
	}
	return clock{now, origin.Round(0).UTC()}
}

func (c clock) wall(t time.Time) time.Time { return c.origin.Add(t.Sub(c.base)) }
