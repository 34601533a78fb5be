package loadnotebooks

import (
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestRunFleet executes the fifth notebook, whose fleet is local. Beyond its claims,
// the run says which worker sent what.
func TestRunFleet(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "05-fleet.ipynb")
	alone, fleet := e2e.RecordedStage(t, run, "alone"), e2e.RecordedStage(t, run, "fleet")
	if len(fleet.WorkerResults) != 4 || fleet.Lost() != 0 || len(fleet.Operations) != len(alone.Operations) {
		t.Errorf("the fleet has %d shares, %d lost, %d operations; want 4, none and the %d of one process", len(fleet.WorkerResults), fleet.Lost(), len(fleet.Operations), len(alone.Operations))
	}
}
