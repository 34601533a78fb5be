package auditnotebooks

import (
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/runs"
)

// TestRunBreakAndAudit executes the second notebook. Beyond its claims, no stage was
// stopped, and of a plan with faults each stage has the plan.
func TestRunBreakAndAudit(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "02-break-and-audit.ipynb")
	for _, name := range []string{"one-key", "new-keys", "crash", "no-budget", "budget"} {
		if s := e2e.RecordedStage(t, run, name); s.State != runs.Complete || len(s.Faults) == 0 {
			t.Errorf("stage %s is %s with the faults %q, want it complete and its plan kept", name, s.State, s.Faults)
		}
	}
}
