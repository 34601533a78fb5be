package observe

import (
	"context"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// RecordService asks the service for its name and version and records them in the
// run. A service that does not say them is recorded, and returned, as the zero
// Version; the error is of the recording.
func RecordService(ctx context.Context, c *purchase.Client, run runs.Run) (purchase.Version, error) {
	v, err := c.Version(ctx)
	if err != nil {
		v = purchase.Version{}
	}
	return v, run.SetService(v)
}
