package observe

import (
	"context"
	"time"

	"sagalab/pkg/purchase"
)

// longestLag is the longest declared lag of reads that is waited for, unless the time for
// settling is longer.
const longestLag = time.Minute

// declaredLag asks the service how late its reads may be, in milliseconds; nil when it
// does not say.
func declaredLag(ctx context.Context, c *purchase.Client) *int64 {
	h, err := c.Health(ctx)
	if err != nil {
		return nil
	}
	return h.ReadsLagMS
}

// asDuration returns a declared lag, 0 when none is declared.
func asDuration(ms *int64) time.Duration {
	lag, _ := purchase.Health{ReadsLagMS: ms}.ReadsLag()
	return lag
}
