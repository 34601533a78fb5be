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
