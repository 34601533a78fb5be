package frame

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

func TestWorkers(t *testing.T) {
	s := runs.Stage{Info: runs.Info{Stage: "x", Started: began}, Operations: operations("x", 100)}
	s.WorkerResults = []runs.WorkerResult{
		{Partition: load.Partition{Number: 0, Of: 2}, Worker: "w1", Host: "a", Planned: 60, Started: 50, Recorded: 50, Lost: 10, Detail: "it went silent", ClockOffset: 1500 * time.Microsecond},
		{Partition: load.Partition{Number: 1, Of: 2}, Worker: "w2", Host: "b", Planned: 50, Started: 50, Recorded: 50, Report: &load.Report{Elapsed: time.Second, Machine: load.Machine{CPU: time.Millisecond, Cores: 2, Waited: time.Second}}},
	}
	df, err := Workers(s)
	if err != nil {
		t.Fatal(err)
	}
	got := text(df)
	for _, want := range []string{
		"worker|host|planned|started|dropped|recorded|lost|p50_ms|p99_ms|lag_p99_ms|cpu_us|clock_ms|clock_error_ms|note",
		"w1|a|60|50|0|50|10|", "|NaN|NaN|1.500000|0.000000|it went silent", "w2|b|50|50|0|50|0|", "|20.000000|0.000000|0.000000|client was the bottleneck",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the workers are\n%s, want %q in them", got, want)
		}
	}
	if _, err := Workers(runs.Stage{Info: runs.Info{Stage: "alone"}}); err == nil || !strings.Contains(err.Error(), "one process") {
		t.Errorf("a stage of one process: %v", err)
	}
}

// TestWorkersByName: the rows come in the order of the names, each with what its worker sent.
func TestWorkersByName(t *testing.T) {
	s := runs.Stage{Info: runs.Info{Stage: "x", Started: began}, Operations: operations("x", 90)}
	for i, name := range []string{"local-1", "local-10", "local-2"} {
		s.WorkerResults = append(s.WorkerResults, runs.WorkerResult{Partition: load.Partition{Number: i, Of: 3}, Worker: name, Host: "vm", Planned: 30 + i})
	}
	df, err := Workers(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(df); !strings.Contains(got, "local-1|vm|30|") || !strings.Contains(got, "local-10|vm|31|") || !strings.Contains(got, "local-2|vm|32|") || strings.Index(got, "local-2|") > strings.Index(got, "local-10|") {
		t.Errorf("the workers are\n%s, want local-1, local-2, local-10 with 30, 32, 31 planned", got)
	}
}
