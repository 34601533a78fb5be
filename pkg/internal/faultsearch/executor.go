package faultsearch

import (
	"context"

	"sagalab/pkg/fault"
)

// Executor executes schedules, one at a time.
type Executor interface {
	// Execute sets everything anew, makes the purchases of a world while the faults of a
	// schedule are done, waits until the service is at rest, and judges. An error says that
	// nothing is known of the schedule, and ends the search.
	Execute(ctx context.Context, w World, s fault.Schedule) (Execution, error)
}
