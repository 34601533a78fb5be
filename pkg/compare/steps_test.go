package compare

import (
	"math"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stepsStage has n purchases of two steps of one attempt each, every fifth with a retry of the
// second, each with a login and two polls.
func stepsStage(n int) runs.Stage {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := runs.Stage{Info: runs.Info{Stage: "s", VUs: 1, Started: began, State: runs.Complete, Requests: n, Steps: []string{"cart", "order"}}}
	for i := range n {
		at := began.Add(time.Duration(i) * 10 * time.Millisecond)
		o := runs.Operation{Index: int64(i), ScheduledTS: at, StartTS: at, EndTS: at.Add(9 * time.Millisecond), LatencyMS: 9, UncertaintyMS: 3, Attempts: 2, Steps: 2, Polls: 2, Success: true, Outcome: purchase.OK}
		kinds := []string{runs.Login, runs.Original, runs.Original, runs.Poll, runs.Poll}
		if i%5 == 0 {
			kinds = []string{runs.Login, runs.Original, runs.Original, runs.Retry, runs.Poll, runs.Poll}
			o.Attempts = 3
		}
		number := int64(0)
		for k, kind := range kinds {
			if kind != runs.Login && kind != runs.Poll {
				number++
			}
			s.Attempts = append(s.Attempts, runs.Attempt{Index: int64(i), Number: number, Kind: kind, StartTS: at.Add(time.Duration(k) * time.Millisecond)})
		}
		s.Operations = append(s.Operations, o)
	}
	return s
}

// Steps that were begun are no retries, and polls and logins no attempts.
func TestStepsAndPollsAreNoRetries(t *testing.T) {
	s := stepsStage(1000)
	c := Stages(s, s, Options{})
	v, _ := c.Change(Amplification)
	if want := runs.Summarize(s).Amplification; v.A.Value != want || want != 1.1 || !(v.A.Low < want && want < v.A.High && v.A.High < 1.2) {
		t.Errorf("amplification %+v, want %v", v.A, want)
	}
	attempts, first := 0, 0
	for _, b := range Bins(s, time.Second) {
		attempts, first = attempts+b.Attempts, first+b.FirstAttempts
	}
	if attempts != 2200 || first != 2000 {
		t.Errorf("%d attempts in the bins, of which %d are the first of a step; want 2200 and 2000", attempts, first)
	}
}

// A percentile is known no better than its polls allow.
func TestUncertainLatenciesAreSaid(t *testing.T) {
	s, exact := stepsStage(1000), stepsStage(1000)
	for i := range exact.Operations {
		exact.Operations[i].UncertaintyMS, exact.Operations[i].Polls = 0, 0
	}
	for _, tt := range []struct {
		a, b runs.Stage
		want int
	}{{s, exact, 1}, {exact, s, 1}, {s, s, 2}, {exact, exact, 0}} {
		found := 0
		for _, w := range Stages(tt.a, tt.b, Options{}).Warnings {
			if w == "A: latencies were observed by polls, and may be less by up to 3.00 ms: a difference below that may be the polls'" || w == "B: latencies were observed by polls, and may be less by up to 3.00 ms: a difference below that may be the polls'" {
				found++
			}
		}
		if found != tt.want {
			t.Errorf("%d warnings of polls, want %d: %q", found, tt.want, Stages(tt.a, tt.b, Options{}).Warnings)
		}
	}
	if math.IsNaN(runs.Summarize(s).P99Low) {
		t.Error("no lower bound of the p99")
	}
}

// An operation that was not sent counts as runs.Summary has it, in both directions.
func TestAmplificationOfWhatWasNotSent(t *testing.T) {
	for _, unsent := range []int{100, 900} {
		s := stepsStage(1000)
		for i := range unsent {
			o := &s.Operations[i*len(s.Operations)/unsent]
			o.Attempts, o.Steps, o.Success, o.Outcome = 0, 0, false, purchase.Failed
		}
		v, _ := Stages(s, s, Options{}).Change(Amplification)
		if want := runs.Summarize(s).Amplification; v.A.Value != want || !(v.A.Low <= want && want <= v.A.High) {
			t.Errorf("%d not sent: amplification %+v, want %v as in summaries", unsent, v.A, want)
		}
	}
}
