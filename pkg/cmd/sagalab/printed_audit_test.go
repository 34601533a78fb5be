package main

import (
	"errors"
	"strings"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/runs"
)

// sessionRun is a run of the session with a stage of its own and audits of it.
func sessionRun(t *testing.T, store runs.Store, api string, audits ...audit.Report) runs.Run {
	t.Helper()
	run, err := store.CreateIn("session", "n", api)
	if err != nil {
		t.Fatal(err)
	}
	w, err := run.Begin(runs.Info{Stage: "quiet", Kind: runs.Load, API: api})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(runs.Complete, ""); err != nil {
		t.Fatal(err)
	}
	for _, a := range audits {
		err = errors.Join(err, observe.SaveAudit(run, a))
	}
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// printed is what the run command prints of a session.
func printed(t *testing.T, store runs.Store) string {
	t.Helper()
	var b strings.Builder
	if err := printRuns(&b, store, "session"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRunPrintsAudits: each audit has a line after the stages of its run, and of audits of the same stages the newest counts.
func TestRunPrintsAudits(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	older := audit.Report{Stages: []string{"quiet", "faults"}, Verdicts: []audit.Verdict{{Rule: "C1", Answer: audit.Unknown}}}
	both := older
	both.Verdicts = []audit.Verdict{
		{Rule: "K1", Answer: audit.Holds}, {Rule: "K2", Answer: audit.Holds}, {Rule: "S1", Title: "no more is sold", Answer: audit.Violated},
		{Rule: "C1", Title: "final stock is right", Answer: audit.Violated}, {Rule: "T1", Answer: audit.Unknown}, {Rule: "K5", Answer: audit.NotExercised},
	}
	quiet := audit.Report{Stages: []string{"quiet"}, Verdicts: []audit.Verdict{{Rule: "K1", Answer: audit.Holds}}}
	run := sessionRun(t, store, "http://127.0.0.1:1", older, both, quiet)
	lines := strings.Split(strings.TrimSuffix(printed(t, store), "\n"), "\n")
	if n := len(lines); n < 4 || lines[0] != "run "+run.ID || !strings.HasPrefix(lines[n-3], "       ") && !strings.HasPrefix(lines[n-3], "stage  quiet") {
		t.Fatalf("it printed %q, want the audits after the stages", lines)
	}
	want := []string{
		"audit  quiet, faults  2 rules hold, 2 violated: C1 (final stock is right), S1 (no more is sold), 1 unknown, 1 not exercised",
		"audit  quiet          1 rule holds, 0 violated, 0 unknown",
	}
	if got := lines[len(lines)-2:]; got[0] != want[0] || got[1] != want[1] {
		t.Errorf("it printed %q, want %q", got, want)
	}
}

// TestRunNamesServices: the service of a run is named where the runs are of several, and a run without an audit has no line for it.
func TestRunNamesServices(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	shop, careless := "http://127.0.0.1:1", "http://127.0.0.1:1/careless"
	first := sessionRun(t, store, shop)
	if got := printed(t, store); !strings.HasPrefix(got, "run "+first.ID+"\n") || strings.Contains(got, "audit") || strings.Contains(got, shop) {
		t.Errorf("with one service it printed\n%s", got)
	}
	second := sessionRun(t, store, careless)
	got := "\n" + printed(t, store)
	for _, want := range []string{"\nrun " + first.ID + "  " + shop + "\n", "\nrun " + second.ID + "  " + careless + "\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("it printed%swant %q", got, want)
		}
	}
}
