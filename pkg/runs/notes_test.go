package runs

import (
	"slices"
	"testing"
	"time"

	"sagalab/pkg/load"
)

// busy is the report of a client that was the bottleneck.
func busy() *load.Report {
	return &load.Report{Elapsed: 2 * time.Second, Dropped: 3, Machine: load.Machine{Cores: 2, CPU: 4 * time.Second}}
}

// equalOperations is a complete stage of n operations of 10 ms, one after the other.
func equalOperations(n int) Stage {
	s := Stage{Info: Info{Stage: "light", State: Complete, Requests: n, VUs: 1, Started: time.Unix(1_700_000_000, 0)}}
	for i := range n {
		at := s.Started.Add(time.Duration(i) * 10 * time.Millisecond)
		s.Operations = append(s.Operations, Operation{Index: int64(i), ScheduledTS: at, EndTS: at.Add(10 * time.Millisecond), LatencyMS: 10, Attempts: 1, Success: true})
	}
	return s
}

func TestNotesAreThoseOfWarnings(t *testing.T) {
	s := equalOperations(50)
	s.Report, s.Limits, s.State, s.Requests = busy(), []string{"client ran out of ports"}, Interrupted, 80
	s.FaultWindows = []FaultWindow{{Fault: "kill"}}
	want := []string{"interrupted: 50 of 80", "3 dropped", "client was the bottleneck", "client ran out of ports", "kill met no request", "few samples: p90 p95 p99"}
	if got := Summarize(s).Notes(); !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
	if got := s.Notes(false); !slices.Equal(got, want[:5]) {
		t.Errorf("notes without percentiles %q, want %q", got, want[:5])
	}
	if got := equalOperations(50).Notes(false); got != nil {
		t.Errorf("a stage without warnings has the notes %q, want none", got)
	}
	s = equalOperations(2000)
	s.WorkerResults = []WorkerResult{{Report: busy()}, {Report: busy()}, {Report: &load.Report{}}, {Detail: "silent"}}
	if got, want := s.Notes(true), []string{"client was the bottleneck (2 of 4 workers)"}; !slices.Equal(got, want) {
		t.Errorf("notes of a fleet's stage %q, want %q", got, want)
	}
	s.WorkerResults[0].Detail = "late"
	if got, want := s.WorkerResults[0].Note(), "late; client was the bottleneck"; got != want {
		t.Errorf("note of a worker %q, want %q", got, want)
	}
}

func TestFailuresAreBounded(t *testing.T) {
	var o Overview
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		o.Reasons = append(o.Reasons, Reason{name, 2, "x"})
		lines := o.Failures()
		if n := len(o.Reasons); len(lines) != min(n, maxReasons+1) || n == 7 && lines[5] != "4 × 2 other reasons" {
			t.Errorf("%d reasons give the lines %q, want at most %d and one for the others", n, lines, maxReasons)
		}
	}
	if lines := (Overview{}).Failures(); lines != nil {
		t.Errorf("no failures give %q, want nothing", lines)
	}
}
