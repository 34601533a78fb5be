package compare

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

func TestComparisonsNameUntestedFaults(t *testing.T) {
	a, b := runs.Stage{Info: runs.Info{Stage: "s", State: runs.Complete}}, runs.Stage{Info: runs.Info{Stage: "s", State: runs.Complete}}
	b.FaultWindows = []runs.FaultWindow{{Fault: "drop_reply", To: 1, Probability: 1}}
	want := "B ran with planned faults that took no effect: drop_reply met no request"
	if got := Stages(a, b, Options{}).Warnings; !slices.Contains(got, want) {
		t.Errorf("warnings %q, want %q among them", got, want)
	}
}

// busyClient is the report of a client that was the bottleneck.
func busyClient() *load.Report {
	return &load.Report{Elapsed: 2 * time.Second, Machine: load.Machine{Cores: 2, CPU: 4 * time.Second}}
}

// Warnings of both stages are in a comparison, and in what is concluded from it.
func TestNotesTravelIntoComparisons(t *testing.T) {
	a, b := equalOperations(2000), equalOperations(2000)
	b.Report = busyClient()
	c := Stages(a, b, Options{})
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
	if twice := Repeats([]runs.Stage{a, a}, []runs.Stage{a, b}, Options{}); !slices.Equal(twice.B.Notes, c.B.Notes) {
		t.Errorf("notes of repeats %q, want %q", twice.B.Notes, c.B.Notes)
	}
}
