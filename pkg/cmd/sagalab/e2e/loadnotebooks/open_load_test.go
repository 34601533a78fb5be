package loadnotebooks

import (
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/load"
)

// TestRunOpenLoad executes the third notebook. Beyond its claims, what could not
// start is counted in the run and has no rows.
func TestRunOpenLoad(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "03-open-load.ipynb")
	ramp := e2e.RecordedStage(t, run, "ramp")
	if ramp.Report == nil || ramp.Report.Started != len(ramp.Operations) || ramp.Report.Started+ramp.Report.Dropped != ramp.Report.Planned {
		t.Errorf("the ramp recorded %d operations, its report is %+v", len(ramp.Operations), ramp.Report)
	}
	if plan, err := load.ParseStage(ramp.Load); err != nil || !plan.Open() || plan.MaxInFlight != 500 {
		t.Errorf("the ramp was %q, %v", ramp.Load, err)
	}
}
