package observe

import (
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/runs"
)

func TestAuditsAreKept(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("audits", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadAudits(run); err != nil || len(got) != 0 {
		t.Errorf("before the first: %v, %v", got, err)
	}
	violated := audit.Report{Stages: []string{"b"}, Verdicts: []audit.Verdict{{Rule: "K1", Answer: audit.Violated, First: &audit.Counterexample{Says: "two orders", Attempts: []audit.AttemptLine{{Key: "k"}}}}}}
	for _, r := range []audit.Report{{Stages: []string{"a"}, Attempts: 1}, {Stages: []string{"b"}}, {Stages: []string{"a"}, Attempts: 2}, violated} {
		if err := SaveAudit(run, r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadAudits(run)
	if err != nil {
		t.Fatal(err)
	}
	if want := []audit.Report{{Stages: []string{"a"}, Attempts: 2}, violated}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAuditsSavedAtOnceAreAllKept(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("audits", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			if err := SaveAudit(run, audit.Report{Stages: []string{strings.Repeat("x", i+1)}}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got, err := ReadAudits(run); err != nil || len(got) != n {
		t.Errorf("%d audits were kept, %v, want %d", len(got), err, n)
	}
}

func TestDamagedAuditIsNamed(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("audits", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	if err := SaveAudit(run, audit.Report{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(auditFile(run, 1), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAudits(run); err == nil || !strings.Contains(err.Error(), "audit 1") {
		t.Errorf("got %v, want the audit's number", err)
	}
}
