package observe

import (
	"context"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// pendingOrders lists the ids of orders that may still change.
func pendingOrders(orders []purchase.Order) (ids []string) {
	for i := range orders {
		if !orders[i].Status.Terminal() {
			ids = append(ids, orders[i].OrderID)
		}
	}
	return ids
}

// pollEvery is how long ReadQuiescent waits between two reads.
const pollEvery = 100 * time.Millisecond

// ReadQuiescent reads the state once no order is pending, nothing is reserved, and
// two reads agree, or when settle has passed: what is pending then stands in the
// state as it is. Call it after the load has stopped. A request whose client gave
// up may still be under way inside the service, which is why one read is not
// enough.
func ReadQuiescent(ctx context.Context, c *purchase.Client, of Subjects, settle time.Duration) (*audit.State, error) {
	limit := time.Now().Add(settle)
	for last := (*audit.State)(nil); ; {
		s, err := ReadState(ctx, c, of)
		if err != nil || isSettled(s) && last != nil && sameState(last, s) || time.Now().After(limit) {
			return s, err
		}
		last = s
		// a large state is not read again as long as one order is pending
		for open := pendingOrders(s.Orders); len(open) > 0 && time.Now().Before(limit); {
			if err := sleep(ctx, pollEvery); err != nil {
				return s, err
			}
			order, err := c.Order(ctx, open[0])
			if err != nil || order.Status.Terminal() {
				open = open[1:]
			}
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return s, err
		}
	}
}

// sameState reports whether nothing happened between two reads.
func sameState(a, b *audit.State) bool {
	return len(a.Orders) == len(b.Orders) && len(a.Ledger) == len(b.Ledger) &&
		slices.Equal(a.Products, b.Products) && slices.Equal(a.Users, b.Users)
}

// isSettled reports whether no order is pending and nothing is reserved.
func isSettled(s *audit.State) bool {
	if len(pendingOrders(s.Orders)) > 0 {
		return false
	}
	for _, p := range s.Products {
		if p.Reserved != 0 {
			return false
		}
	}
	return true
}

// sleep waits for d; the error is context.Cause(ctx) when ctx ended before.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
