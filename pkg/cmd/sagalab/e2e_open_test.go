package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sagalab/pkg/lab"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// executed runs a notebook of the checkout as a person would from the shell, and
// returns the text of its outputs, how many figures they have, and its run.
func executed(t *testing.T, name string) (text string, figures int, run runs.Run) {
	t.Helper()
	checkout(t)
	dir := t.TempDir()
	p := sagalab(t, "run", "--out", dir, filepath.Join(notebooks(t), name))
	got := p.wait(t)
	if got.status != 0 {
		t.Fatalf("run ended with status %d\n%s%s", got.status, got.out, got.log)
	}
	path := filepath.Join(dir, name)
	if err := lab.CheckNotebook(path); err != nil {
		t.Error(err)
	}
	checkNoMachine(t, path)
	id := runID.FindStringSubmatch(got.out)
	if id == nil {
		t.Fatalf("no run's id in %s", got.out)
	}
	run, err := runs.Store{Dir: p.runs}.Open(id[1])
	if err != nil {
		t.Fatal(err)
	}
	texts, figures := outputs(t, path)
	return strings.Join(texts, "\n"), figures, run
}

func recordedStage(t *testing.T, run runs.Run, name string) runs.Stage {
	t.Helper()
	s, err := stageOf(run, name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRunOpenLoad executes the third notebook: the stalls that the closed model
// hides are in the open model's percentiles, and what could not start is counted.
func TestRunOpenLoad(t *testing.T) {
	text, figures, run := executed(t, "03-open-load.ipynb")
	open, closed := runs.Summarize(recordedStage(t, run, "open")), runs.Summarize(recordedStage(t, run, "closed"))
	// one arrival in five waits for what is left of a stall of a second: nothing
	// that a slow machine adds can make it less, but the windows and the schedule
	// begin some milliseconds apart
	if open.Requests != 1200 || open.P90 < 480 || open.P95 < 730 || open.P99 < 930 {
		t.Errorf("the open stage has %d requests with p90 %.0f, p95 %.0f, p99 %.0f ms; want 1200 with 500, 750, 950 or more", open.Requests, open.P90, open.P95, open.P99)
	}
	if closed.P90 >= open.P90 {
		t.Errorf("the closed stage's p90 is %.0f ms, want less than the open one's %.0f", closed.P90, open.P90)
	}
	ramp := recordedStage(t, run, "ramp")
	if ramp.Report == nil || ramp.Report.Started != len(ramp.Operations) {
		t.Errorf("the ramp recorded %d operations, its report is %+v", len(ramp.Operations), ramp.Report)
	}
	if plan, err := load.ParseStage(ramp.Load); err != nil || !plan.Open() || plan.MaxInFlight != 500 {
		t.Errorf("the ramp was %q, %v", ramp.Load, err)
	}
	if !regexp.MustCompile(`(?m)^Capacity (\d|below|of|between)`).MatchString(text) {
		t.Errorf("the notebook does not say what the capacity is:\n%s", text)
	}
	for _, say := range []string{"Faults: stall ", "threshold", "dropped == 0 abort"} {
		if !strings.Contains(text, say) {
			t.Errorf("the notebook does not say %q:\n%s", say, text)
		}
	}
	if figures != 3 {
		t.Errorf("%d figures in the notebook, want 3", figures)
	}
}

// TestRunCompare executes the fourth notebook: a build that is many times slower
// does not pass. On a machine that is busy otherwise it may be unclear.
func TestRunCompare(t *testing.T) {
	text, figures, run := executed(t, "04-compare-runs.ipynb")
	fixed, jittered := 0, 0
	for _, turn := range []string{"1", "2", "3"} {
		fixed += runs.Summarize(recordedStage(t, run, "fixed "+turn)).Failure
		jittered += runs.Summarize(recordedStage(t, run, "jittered "+turn)).Failure
	}
	if fixed <= jittered { // 0.3³ of the requests against 0.3⁶
		t.Errorf("three attempts gave up %d times, six attempts %d; want fewer", fixed, jittered)
	}
	if !regexp.MustCompile(`p50 < \+20% +(violated|unclear)`).MatchString(text) {
		t.Errorf("a build that is many times slower passes its gate:\n%s", text)
	}
	if figures != 4 {
		t.Errorf("%d figures in the notebook, want 4", figures)
	}
}
