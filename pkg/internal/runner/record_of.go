package runner

import (
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// RecordOf returns the rows of one purchase of a stage that began at began, for load
// that is not a Load, such as a mixture of purchases.
func RecordOf(stage string, began time.Time, s load.Sample[purchase.Result]) runs.Record {
	return recordOf(stage, clock{began, began.Round(0).UTC()}, s)
}
