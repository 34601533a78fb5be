package auditnotebooks

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/retry"
)

// TestRunWhichPolicy executes the ninth notebook. Beyond its claims, the policies that it compares are those
// that have the names, and each turn drew other faults.
func TestRunWhichPolicy(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "09-which-policy.ipynb")
	for _, name := range []string{"aws-before", "aws-since", "finagle", "sre-book"} {
		want, err := retry.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		seeds := map[uint64]bool{}
		for turn := 1; turn <= 3; turn++ {
			stage := e2e.RecordedStage(t, run, fmt.Sprint(name, " ", turn))
			var got retry.Policy
			if err := json.Unmarshal(stage.RetryPolicy, &got); err != nil {
				t.Fatal(err)
			}
			want.AttemptTimeout = got.AttemptTimeout
			if !reflect.DeepEqual(got, want) {
				t.Errorf("stage %s ran with %+v, want %+v", stage.Stage, got, want)
			}
			seeds[stage.Seed] = true
		}
		if len(seeds) != 3 {
			t.Errorf("three stages of %s had %d seeds", name, len(seeds))
		}
	}
}
