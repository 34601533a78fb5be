package runner

import (
	"math"
	"testing"

	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// Thresholds know by how much polls may make latencies too long, during a stage and at its end;
// where nothing was polled they know nothing more than before.
func TestThresholdsKnowWhatPollsLeaveOpen(t *testing.T) {
	stage := load.Stage{Name: "s", Requests: 100, VUs: 1}
	judge, err := threshold.ParseAll([]string{"p50 < 100ms"}, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	polled, plain := newTally(Load{Stage: stage, Thresholds: judge}), newTally(Load{Stage: stage, Thresholds: judge})
	for i := range 100 {
		o := runs.Operation{Index: int64(i), LatencyMS: 100, Attempts: 1, Steps: 1}
		plain.add(&runs.Record{Operation: o})
		if i >= 30 { // those before were settled by an attempt
			o.LatencyMS, o.UncertaintyMS, o.Polls = 200, 150, 2
		}
		polled.add(&runs.Record{Operation: o})
	}
	for name, v := range map[string]threshold.Values{"so far": polled.soFar(), "final": polled.final(stage, true)} {
		if v.Low == nil {
			t.Fatalf("%s: nothing is left open", name)
		}
		near := func(got, want float64) bool { return math.Abs(got-want) <= .02*want } // of a histogram
		if !near(v.Quantile(.5), 200) || !near(v.Low.Quantile(.5), 50) || !near(v.Max, 200) || !near(v.Low.Max, 100) || !near(v.Min, 100) || !near(v.Low.Min, 50) || !near(v.Low.Mean, 65) {
			t.Errorf("%s: p50 %v to %v, max %v to %v, min %v to %v, mean from %v", name, v.Low.Quantile(.5), v.Quantile(.5), v.Low.Max, v.Max, v.Low.Min, v.Min, v.Low.Mean)
		}
		if r := judge[0].Check(v); r.Verdict != threshold.Unclear {
			t.Errorf("%s: %+v, want unclear", name, r)
		}
	}
	for name, v := range map[string]threshold.Values{"so far": plain.soFar(), "final": plain.final(stage, true)} {
		if r := judge[0].Check(v); v.Low != nil || r.Verdict != threshold.Fail {
			t.Errorf("%s, without polls: %+v", name, r)
		}
	}
}
