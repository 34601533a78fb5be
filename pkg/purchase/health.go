package purchase

import (
	"context"
	"fmt"
	"time"
)

// KeysKept is how long a service has to remember an idempotency key, at least.
const KeysKept = 24 * time.Hour

// MaxReadsLag is the longest lag of reads that a service may declare.
const MaxReadsLag = 24 * time.Hour

// Health is a service's answer to GET /health.
type Health struct {
	Status string `json:"status"`
	// ReadsLagMS is how late a read may be at most, in milliseconds from 0 to
	// MaxReadsLag: it shows every purchase whose answer had arrived so long before the read
	// was sent. nil when the service declares nothing.
	ReadsLagMS *int64 `json:"reads_lag_ms,omitempty"`
}

// ReadsLag returns ReadsLagMS as a duration; false when it is not declared.
func (h Health) ReadsLag() (time.Duration, bool) {
	if h.ReadsLagMS == nil {
		return 0, false
	}
	return time.Duration(*h.ReadsLagMS) * time.Millisecond, true
}

// Health reads GET /health. The error states an answer that is not 2xx or not JSON, which
// a service may give that only loads are sent to, or a lag that is out of range.
func (c *Client) Health(ctx context.Context) (Health, error) {
	h, err := get[Health](ctx, c, "/health")
	if err != nil {
		return Health{}, err
	}
	if ms := h.ReadsLagMS; ms != nil && (*ms < 0 || *ms > MaxReadsLag.Milliseconds()) {
		return Health{Status: h.Status}, fmt.Errorf("GET /health: reads_lag_ms is %d, want 0 to %d", *ms, MaxReadsLag.Milliseconds())
	}
	return h, nil
}
