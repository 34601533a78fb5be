package runner

import (
	"context"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// purchase makes the purchase of an arrival, from the goroutine of a virtual user.
func (s *Sender) purchase(ctx context.Context, a load.Arrival) purchase.Result {
	p, err := s.drawn.request(a.Index, s.clock.wall(a.Scheduled))
	if err != nil {
		return purchase.NotSent(p, err)
	}
	if s.sent != nil && p.IdempotencyKey != "" {
		s.sent.Add(p.IdempotencyKey)
	}
	c := s.waiting.begin(ctx, a)
	defer s.waiting.end(c)
	if p.IdempotencyKey == "" {
		return s.client.PurchaseWithoutKey(c, p)
	}
	return s.client.Purchase(c, p)
}
