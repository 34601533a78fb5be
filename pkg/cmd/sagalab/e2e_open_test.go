package main

import (
	"path/filepath"
	"testing"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// executedByName runs a notebook of the checkout that is named to the program.
func executedByName(t *testing.T, name string) runs.Run {
	t.Helper()
	_, _, run := executed(t, name, filepath.Join(notebooks(t), name))
	return run
}

// notebooks is the directory of the checkout's notebooks.
func notebooks(t *testing.T) string {
	t.Helper()
	l, err := checkoutLab()
	if err != nil {
		t.Fatal(err)
	}
	return l.Notebooks()
}

func recordedStage(t *testing.T, run runs.Run, name string) runs.Stage {
	t.Helper()
	s, err := stageOf(run, name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRunOpenLoad executes the third notebook. Beyond its claims, what could not
// start is counted in the run and has no rows.
func TestRunOpenLoad(t *testing.T) {
	t.Parallel()
	run := executedByName(t, "03-open-load.ipynb")
	ramp := recordedStage(t, run, "ramp")
	if ramp.Report == nil || ramp.Report.Started != len(ramp.Operations) || ramp.Report.Started+ramp.Report.Dropped != ramp.Report.Planned {
		t.Errorf("the ramp recorded %d operations, its report is %+v", len(ramp.Operations), ramp.Report)
	}
	if plan, err := load.ParseStage(ramp.Load); err != nil || !plan.Open() || plan.MaxInFlight != 500 {
		t.Errorf("the ramp was %q, %v", ramp.Load, err)
	}
}

// TestRunCompare executes the fourth notebook. Beyond its claims, both policies ran
// under the same seeds.
func TestRunCompare(t *testing.T) {
	t.Parallel()
	run := executedByName(t, "04-compare-runs.ipynb")
	for _, turn := range []string{"1", "2", "3"} {
		fixed, jittered := recordedStage(t, run, "fixed "+turn), recordedStage(t, run, "jittered "+turn)
		if fixed.Seed != jittered.Seed || fixed.Seed == 0 {
			t.Errorf("turn %s had the seeds %d and %d, want one", turn, fixed.Seed, jittered.Seed)
		}
	}
}
