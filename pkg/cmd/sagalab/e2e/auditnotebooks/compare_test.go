package auditnotebooks

import (
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestRunCompare executes the fourth notebook. Beyond its claims, both policies ran
// under the same seeds.
func TestRunCompare(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "04-compare-runs.ipynb")
	for _, turn := range []string{"1", "2", "3"} {
		fixed, jittered := e2e.RecordedStage(t, run, "fixed "+turn), e2e.RecordedStage(t, run, "jittered "+turn)
		if fixed.Seed != jittered.Seed || fixed.Seed == 0 {
			t.Errorf("turn %s had the seeds %d and %d, want one", turn, fixed.Seed, jittered.Seed)
		}
	}
}
