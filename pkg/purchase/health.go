package purchase

import (
	"context"
	"encoding/json"
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

// Health asks whether the service is there (HealthChecker), such as by GET /health. The error
// states an answer that is not 2xx or not JSON, which a service may give that only loads are
// sent to, or a lag that is out of range. Where the adapter declares a lag (LagDeclarer),
// that is returned without asking.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	defer c.ended("Health", &err)
	if d, ok := c.adapter.(LagDeclarer); ok {
		if lag, declared := d.ReadsLag(); declared {
			ms := lag.Milliseconds()
			return Health{ReadsLagMS: &ms}, nil
		}
	}
	a, ok := healthChecker(c.adapter)
	if !ok {
		return Health{}, notRead(c.adapter, "the health")
	}
	r := a.Health()
	answer, err := c.service(ctx).Send(r)
	if err != nil {
		return Health{}, err
	}
	if err := json.Unmarshal(answer.Body, &h); err != nil {
		return Health{}, fmt.Errorf("%s: the answer is not what the contract says: %w", asked(r), err)
	}
	if ms := h.ReadsLagMS; ms != nil && (*ms < 0 || *ms > MaxReadsLag.Milliseconds()) {
		return Health{Status: h.Status}, fmt.Errorf("%s: reads_lag_ms is %d, want 0 to %d", asked(r), *ms, MaxReadsLag.Milliseconds())
	}
	return h, nil
}
