package observe

import (
	"context"
	"net/http"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// readAlone is how many listed orders are read alone after the load, and readAloneFor how
// long that may take.
const (
	readAlone    = 100
	readAloneFor = 2 * time.Second
)

// readListedAlone reads orders alone that the state lists, from all over the list, and
// returns those that are not found, although the list shows them: nil when there is none,
// or when none at all is found. An order that is not found is asked for again once reads
// may no longer be late: the declared lag, or else settle, after the last answer. The
// error is context.Cause(ctx) when ctx ended.
func readListedAlone(ctx context.Context, c *purchase.Client, s *audit.State, last time.Time, settle time.Duration) ([]audit.Sample, error) {
	if why, _ := s.Unusable(audit.OrdersCall, audit.OrderCall); why != "" {
		return nil, nil
	}
	began := time.Now()
	ids := spread(s.Orders, readAlone)
	asked := 0
	var gone []string
	for _, id := range ids {
		if time.Since(began) > readAloneFor {
			break
		}
		asked++
		if missing(ctx, c, id) {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 || len(gone) == asked || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	allowed := settle
	if s.LagMS != nil {
		allowed = asDuration(s.LagMS)
	}
	if err := sleep(ctx, time.Until(since(last, allowed, time.Now()))+time.Millisecond); err != nil {
		return nil, err
	}
	x := audit.Sample{Asked: time.Now()}
	x.Gone = slices.DeleteFunc(gone, func(id string) bool { return !missing(ctx, c, id) })
	if x.Answered = time.Now(); len(x.Gone) == 0 || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return []audit.Sample{x}, nil
}

// missing reports whether a read of an order alone says that there is none.
func missing(ctx context.Context, c *purchase.Client, id string) bool {
	_, err := c.Order(ctx, id)
	return isStatus(err, http.StatusNotFound)
}

// spread returns the ids of at most n orders, from all over the list.
func spread(orders []purchase.Order, n int) (ids []string) {
	n = min(len(orders), n)
	for i := range n {
		if id := orders[i*len(orders)/n].OrderID; id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
