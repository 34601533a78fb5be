package observe

import (
	"context"
	"errors"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// probedOrders is how many orders are asked for to tell a missing route from a missing
// order.
const probedOrders = 5

// probeOrderRoute finds out whether the service has GET /orders/{id}, and notes in the
// state when it has not, or when that could not be told. An answer with the code
// unknown_order comes from the route. A bare 404 can mean the order or the route: then
// more orders that the list shows are asked for, and if all of them are not found, the
// service does not have the route. Without an order, a read that an adapter has is taken to be
// there. The error is context.Cause(ctx) when ctx ended.
func probeOrderRoute(ctx context.Context, c *purchase.Client, s *audit.State) error {
	if why, failed := s.Failed[audit.OrdersCall]; failed {
		s.Failed[audit.OrderCall] = why
		return nil
	}
	ids := probes(s.Orders)
	if len(ids) == 0 {
		ids = []string{"none"} // which tells only when the answer has a code
	}
	var failed error
	for _, id := range ids {
		_, err := c.Order(ctx, id)
		var p purchase.Problem
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil, errors.As(err, &p) && p.Code == purchase.UnknownOrder:
			return nil
		case errors.Is(err, purchase.ErrNotRead):
			recordFailure(c, s, audit.OrderCall, err)
			return nil
		case isNotOffered(err):
		default:
			failed = err
		}
	}
	if failed != nil {
		recordFailure(c, s, audit.OrderCall, failed)
		return nil
	}
	if _, contract := purchase.ContractOf(c.Adapter()); !contract && len(probes(s.Orders)) == 0 {
		return nil // the adapter has such a read, and there was no order to try it on
	}
	s.NotOffered = append(s.NotOffered, audit.OrderCall)
	return nil
}

// probes returns the ids of a few orders, from all over the list.
func probes(orders []purchase.Order) (ids []string) {
	n := min(len(orders), probedOrders)
	for i := range n {
		if id := orders[i*len(orders)/n].OrderID; id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
