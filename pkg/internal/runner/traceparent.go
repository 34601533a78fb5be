package runner

import (
	"context"
	"fmt"
	"strings"

	"sagalab/pkg/internal/traceid"
)

// ParseTraceparent reads the environment variable SAGALAB_TRACEPARENT, for Target.Traceparent: yes, no,
// or nothing, which is no. The error names the variable.
func ParseTraceparent(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "yes":
		return true, nil
	case "", "no":
		return false, nil
	}
	return false, fmt.Errorf("SAGALAB_TRACEPARENT is %q, want yes or no", value)
}

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
