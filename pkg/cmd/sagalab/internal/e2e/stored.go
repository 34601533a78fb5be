package e2e

import (
	"regexp"
	"testing"

	"sagalab/pkg/runs"
)

// OnlyRun returns the one run that a program stored.
func OnlyRun(t *testing.T, p Program) runs.Run {
	t.Helper()
	list, err := runs.Store{Dir: p.Runs}.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("%d runs, %v; want 1", len(list), err)
	}
	return list[0]
}

// RecordedStage returns the stage of a name of a run.
func RecordedStage(t *testing.T, run runs.Run, name string) runs.Stage {
	t.Helper()
	stages, err := run.Stages()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stages {
		if s.Stage == name {
			return s
		}
	}
	t.Fatalf("run %s has no stage %q", run.ID, name)
	return runs.Stage{}
}

// RunID matches the line in which a command names its run; the id is its first group.
var RunID = regexp.MustCompile(`run (\d{8}-\d{6}(-\d+)?)`)
