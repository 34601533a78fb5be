package runner

import (
	"context"

	"sagalab/pkg/internal/traceid"
)

// traceparents returns what makes the headers traceparent of a stage's requests, for retry.Config. The
// requests of a purchase are sent one after the other, in the order in which their rows are
// recorded, so that their numbers are those of the rows.
func traceparents(of traceid.Stage) func(context.Context) string {
	return func(ctx context.Context) string {
		c, found := ctx.Value(arrivalContextKey{}).(*arrivalContext)
		if !found {
			return "" // a request that is no purchase of the stage
		}
		c.requests++
		trace := of.Trace(int64(c.arrival.Index))
		return traceid.Traceparent(trace, trace.Request(c.requests))
	}
}
