package cells

import (
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/runs"
)

func TestRunWithoutService(t *testing.T) {
	t.Parallel()
	e2e.Installation(t)
	p := e2e.Command(t, "run", "--out", t.TempDir(), "--api", "http://"+e2e.ClosedPort)
	got := p.Finish(t)
	const want = `under "Connectivity check" (lab.CheckConnectivity()) failed`
	if got.Status != 1 || !strings.Contains(got.Log, want) || !strings.Contains(got.Log, "is unreachable") {
		t.Errorf("run against a closed port ended with status %d and\n%s\nwant 1 and %q", got.Status, got.Log, want)
	}
	list, err := runs.Store{Dir: p.Runs}.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("runs %v, %v; want the one that set-up began", list, err)
	}
	stages, err := list[0].Stages()
	if err != nil {
		t.Error(err)
	}
	cases, err := list[0].Cases()
	if err != nil {
		t.Error(err)
	}
	if len(stages) != 0 || len(cases) != 0 {
		t.Errorf("%d stages and %d cases are recorded, want none", len(stages), len(cases))
	}
}
