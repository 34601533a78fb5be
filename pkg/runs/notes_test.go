package runs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
)

// busy is the report of a client that was the bottleneck.
func busy() *load.Report {
	return &load.Report{Elapsed: 2 * time.Second, Dropped: 3, Machine: load.Machine{Cores: 2, CPU: 4 * time.Second}}
}

func TestNotesAreThoseOfWarnings(t *testing.T) {
	s := few(50)
	s.Report, s.Limits, s.State, s.Requests = busy(), []string{"client ran out of ports"}, Interrupted, 80
	s.FaultWindows = []FaultWindow{{Fault: "kill"}}
	want := []string{"interrupted: 50 of 80", "3 dropped", "client was the bottleneck", "client ran out of ports", "kill met no request", "few samples: p90 p95 p99"}
	if got := Summarize(s).Notes(); !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
	if got := s.Notes(false); !slices.Equal(got, want[:5]) {
		t.Errorf("notes without percentiles %q, want %q", got, want[:5])
	}
	if got := few(50).Notes(false); got != nil {
		t.Errorf("a stage without warnings has the notes %q, want none", got)
	}
	s = few(2000)
	s.Shares = []Share{{Report: busy()}, {Report: busy()}, {Report: &load.Report{}}, {Detail: "silent"}}
	if got, want := s.Notes(true), []string{"client was the bottleneck (2 of 4 workers)"}; !slices.Equal(got, want) {
		t.Errorf("notes of a fleet's stage %q, want %q", got, want)
	}
	s.Shares[0].Detail = "late"
	if got, want := s.Shares[0].Note(), "late; client was the bottleneck"; got != want {
		t.Errorf("note of a worker %q, want %q", got, want)
	}
}

// Warnings of both stages are in a comparison, and in what is concluded from it.
func TestNotesTravelIntoComparisons(t *testing.T) {
	a, b := few(2000), few(2000)
	b.Report = busy()
	b.Report.Dropped = 0
	c := Compare(a, b, CompareOptions{})
	if len(c.A.Notes) > 0 || !slices.Equal(c.B.Notes, []string{"client was the bottleneck"}) || !strings.Contains(c.String(), "beware    B: client was the bottleneck") {
		t.Errorf("notes %q and %q, want the second one's bottleneck in\n%s", c.A.Notes, c.B.Notes, c)
	}
	gates, err := ParseGates("error_ratio < +1pp")
	if err != nil {
		t.Fatal(err)
	}
	if r := JudgeGates(gates, []Comparison{c}, nil)[0]; r.Verdict != GateHolds || !strings.HasSuffix(r.Detail, "; B: client was the bottleneck") {
		t.Errorf("the gate %v, want it to hold and to name the bottleneck", r)
	}
	if twice := CompareRepeats([]Stage{a, a}, []Stage{a, b}, CompareOptions{}); !slices.Equal(twice.B.Notes, c.B.Notes) {
		t.Errorf("notes of repeats %q, want %q", twice.B.Notes, c.B.Notes)
	}
}

func TestFailuresAreBounded(t *testing.T) {
	var o Overview
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		o.Reasons = append(o.Reasons, Reason{name, 2, "x"})
		lines := o.Failures()
		if n := len(o.Reasons); len(lines) != min(n, mostReasons+1) || n == 7 && lines[5] != "4 × 2 other reasons" {
			t.Errorf("%d reasons give the lines %q, want at most %d and one for the others", n, lines, mostReasons)
		}
	}
	if lines := (Overview{}).Failures(); lines != nil {
		t.Errorf("no failures give %q, want nothing", lines)
	}
}
