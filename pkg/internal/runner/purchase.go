package runner

import (
	"context"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// purchase makes the purchase of an arrival, from the goroutine of a virtual user.
func (s *Sender) purchase(ctx context.Context, a load.Arrival) purchase.Result {
	p := s.Buyers.Buy(s.seed, a.Index).Request
	if p.IdempotencyKey == "" {
		p.IdempotencyKey = idempotencyKey(s.seed, s.Stage.Name, a.Index, s.clock.wall(a.Scheduled))
	}
	if s.sent != nil {
		s.sent.Add(p.IdempotencyKey)
	}
	c := s.waiting.begin(ctx, a, p)
	defer s.waiting.end(c)
	return s.client.Purchase(c, p)
}
