package browser

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// The cells that a person comes back to.
const (
	summaryCell = `frame.Summary(`
	successCell = `figure.SuccessFailure(`
)

// endless is a number of requests that no stage of these tests gets to.
const endless = "1000000"

// TestLabInABrowser is one afternoon of a person with the notebook. It is one test
// because its steps build on one another, as they do in the notebook.
func TestLabInABrowser(t *testing.T) {
	t.Parallel()
	l := e2e.Installation(t)
	bystander := startBystander(t)
	copied, cells := copyNotebook(t, l)
	started := startLab(t)
	j := openNotebook(e2e.OpenBrowser(t), started.address(copied), cells)

	started.checkBookshop(t)

	before := j.startAll()
	j.awaitAll(before)
	for stage, requests := range map[string]string{"light": "50", "medium": "200", "heavy": "1000"} {
		checkStage(j, stage, requests)
	}
	for _, figure := range figureCells {
		j.figure(figure)
	}

	first := j.figure(successCell)
	j.replace(stageCell("medium"), "200", "70")
	if said := j.run(stageCell("medium")); !strings.Contains(said, "Stage medium completed: success=70 failure=0") {
		t.Errorf("medium with 70 requests said %q", said)
	}
	j.run(summaryCell)
	j.run(successCell)
	checkStage(j, "medium", "70")
	if j.figure(successCell) == first {
		t.Error("the figure of successes is the same for 200 and for 70 requests")
	}

	j.replace(stageCell("heavy"), "1000", endless)
	j.start(stageCell("heavy"))
	j.awaitProgress("heavy", j.awaitProgress("heavy", 0))
	j.interrupt()
	kept := j.awaitInterrupted("heavy")
	j.run(summaryCell)
	heavy := j.table(summaryCell)["heavy"]
	if note := fmt.Sprintf("interrupted: %d of %s", kept, endless); heavy["requests"] != strconv.Itoa(kept) || kept == 0 || !strings.Contains(heavy["note"], note) {
		t.Errorf("the summary shows the interrupted stage as %v, want %d requests and the note %q", heavy, kept, note)
	}

	j.replace(stageCell("light"), "50", endless)
	before = j.startAll()
	j.awaitProgress("light", 0)
	j.interrupt()
	j.awaitInterrupted("light")
	j.awaitAll(before)
	for _, stage := range []string{"medium", "heavy"} {
		if said := e2e.Look[string](j.Browser, output(stageCell(stage))); !strings.Contains(said, fmt.Sprintf("%q was not started: %q was interrupted", stage, "light")) {
			t.Errorf("after light was interrupted in Run All, %s said %q", stage, said)
		}
	}

	j.start(stageCell("light")) // to be stopped in the middle of
	j.awaitProgress("light", 0)
	started.stop(t)
	if said := e2e.Look[string](j.Browser, `'still here'`); said != "still here" {
		t.Errorf("the browser says %q", said)
	}
	if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("a process that lab did not start is gone: %v", err)
	}
}

// figureCells are the cells with a figure.
var figureCells = []string{successCell, `figure.LatencyHistogram(`, `figure.LatencySeries(`, `figure.AttemptsByOutcome(`, `figure.FailuresByReason(`}

// checkStage looks for a stage without failures in the summary.
func checkStage(j jupyterLab, stage, requests string) {
	j.Helper()
	if row := j.table(summaryCell)[stage]; row["requests"] != requests || row["success"] != requests || row["failure"] != "0" {
		j.Errorf("the summary shows %s as %v, want %s requests, all of them successes", stage, row, requests)
	}
}
