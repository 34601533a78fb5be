package frame

import (
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

func TestThresholdsAndProbes(t *testing.T) {
	s := runs.Stage{Info: runs.Info{Stage: "capacity 50/s", Load: "capacity 50/s:50/s@4s,poisson", Report: &load.Report{Dropped: 7, Lag: load.Lag{P99: time.Second}}, Thresholds: []runs.ThresholdResult{
		{Threshold: "error_ratio < 0.01", Value: "0%", Verdict: "pass"}, {Threshold: "dropped == 0", Value: "7", Verdict: "fail", Note: "n"}}}}
	s.Operations = operations("capacity 50/s", 200)
	df := must(t)(Thresholds(runs.Overview{Info: s.Info, Summary: runs.Summarize(s)}))
	if df.Nrow() != 2 || df.Elem(1, 0).String() != "dropped == 0" || df.Elem(1, 2).String() != "fail" || df.Elem(0, 3).String() != "7 dropped; schedule not kept" || df.Elem(1, 3).String() != "n; 7 dropped; schedule not kept" {
		t.Errorf("thresholds %v", df)
	}
	stopped := s
	stopped.State, stopped.Requests, stopped.Report = runs.Interrupted, 600, nil
	if got := must(t)(Thresholds(runs.Overview{Info: stopped.Info, Summary: runs.Summarize(stopped)})).Elem(0, 3).String(); got != "interrupted: 200 of 600" {
		t.Errorf("the note of an interrupted stage is %q", got)
	}
	holding := s
	holding.Thresholds = s.Thresholds[:1]
	df = must(t)(Probes([]runs.Stage{s, holding}))
	want := map[string]any{"offered_per_s": 50., "requests": 200, "dropped": 7, "verdict": "fails", "because": "dropped == 0: 7; schedule not kept; few samples: p99"}
	for name, v := range want {
		if got := df.Maps()[0][name]; got != v {
			t.Errorf("probe's %s is %v, want %v", name, got, v)
		}
	}
	if df.Maps()[1]["verdict"] != "holds" {
		t.Errorf("a probe whose thresholds hold is %v", df.Maps()[1])
	}
	s.Load = "closed:5x5"
	if _, err := Probes([]runs.Stage{s}); err == nil {
		t.Error("a closed stage passes for a probe")
	}
}
