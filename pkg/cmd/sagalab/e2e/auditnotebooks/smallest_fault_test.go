package auditnotebooks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestRunSmallestFault executes the seventh notebook. Beyond its claims, the run keeps what each
// search found.
func TestRunSmallestFault(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "07-smallest-fault.ipynb")
	for name, answer := range map[string]string{"correct": "certificate", "two faults": "certificate", "retries": "witness", "release": "witness"} {
		text, err := os.ReadFile(filepath.Join(run.Dir(), "searches", name+".json"))
		var kept struct {
			Answer string `json:"answer"`
		}
		if err == nil {
			err = json.Unmarshal(text, &kept)
		}
		if err != nil || kept.Answer != answer {
			t.Errorf("the search %s is kept as %q, %v; want %s", name, kept.Answer, err, answer)
		}
	}
}
