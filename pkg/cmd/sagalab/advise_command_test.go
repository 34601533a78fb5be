package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// recordRetries writes a run with a stage of n purchases, a tenth of whose attempts are answered with
// 503, retried after up to 100 ms.
func recordRetries(t *testing.T, stages ...string) {
	t.Helper()
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	run, err := store.Create("advise", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := json.Marshal(retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(100 * time.Millisecond), Jitter: retry.Full, AttemptTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stages {
		n := 1500
		if name == "few" {
			n = 50
		}
		w, err := run.Begin(runs.Info{Stage: name, Kind: runs.Load, Load: load.Stage{Name: name, Rate: load.Constant(100, time.Duration(n)*10*time.Millisecond)}.String(), RetryPolicy: policy})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(retriedRecords(name, n, time.Now().UTC())); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(runs.Complete, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func retriedRecords(stage string, n int, began time.Time) (list []runs.Record) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		at := began.Add(time.Duration(i) * 10 * time.Millisecond)
		op := runs.Operation{Stage: stage, Index: int64(i), Key: "k", ScheduledTS: at, StartTS: at, StatusStr: "failure", Outcome: "failed", Steps: 1}
		r := runs.Record{}
		for number := int64(1); number <= 3 && !op.Success; number++ {
			a := runs.Attempt{Stage: stage, Index: int64(i), Number: number, Kind: runs.Retry, Key: "k", StartTS: at, LatencyMS: 5 + 10*rnd.Float64(), Status: 503, Reason: "http_503", Sent: true, Meaning: "unclear"}
			if number == 1 {
				a.Kind = runs.Original
			} else {
				wait := 100 * rnd.Float64()
				a.StartTS = at.Add(time.Duration(wait * 1e6))
				a.PlannedWaitMS, a.WaitMS = wait, wait
				op.WaitMS += wait
			}
			if rnd.Float64() >= .1 {
				a.Status, a.Reason, a.Meaning = 201, "", "confirmed"
				op.Success, op.StatusStr, op.Outcome = true, "success", "ok"
			}
			at = a.StartTS.Add(time.Duration(a.LatencyMS * 1e6))
			op.Attempts, op.ServiceMS = number, op.ServiceMS+a.LatencyMS
			r.Attempts = append(r.Attempts, a)
		}
		op.LatencyMS = op.ServiceMS + op.WaitMS
		op.EndTS = op.StartTS.Add(time.Duration(op.LatencyMS * 1e6))
		r.Operation = op
		list = append(list, r)
	}
	return list
}

func TestAdviseCommand(t *testing.T) {
	recordRetries(t, "steady", "few")
	for _, tt := range []struct {
		args []string
		code int
		want string // of the output or of the error
	}{
		{[]string{"advise"}, 3, "which run?"},
		{[]string{"advise", "20990101"}, 3, "no such run"},
		{[]string{"advise", "last"}, 3, "has 2 stages: say which with --stage"},
		{[]string{"advise", "last", "--stage", "none"}, 3, `no stage "none"`},
		{[]string{"advise", "last", "--stage", "steady", "--bound", "p99 > 1s"}, 3, "another form"},
		{[]string{"advise", "last", "--stage", "steady", "--policy", "nonsense"}, 3, `no retry policy is named "nonsense"`},
		{[]string{"advise", "last", "--stage", "few"}, 2, "it has 50 purchases, want 100 or more"},
		{[]string{"advise", "last", "--stage", "steady", "--bound", "p99 < 1ms"}, 1, "policies none is within the bounds with its whole ranges, "},
		{[]string{"advise", "last", "--stage", "steady", "--bound", "p99 < 100ms", "--bound", "amplification < 1.2"}, 0, "Recommended: "},
		{[]string{"advise", "last", "--stage", "steady", "--policy", "aws-before", "--policy", "aws-since"}, 0, "aws-since"},
	} {
		out, _, code, err := invoke(t, tt.args...)
		if err != nil {
			out += err.Error()
		}
		if code != tt.code || !strings.Contains(strings.ToLower(out), strings.ToLower(tt.want)) {
			t.Errorf("%v: exit code %d, %s; want %d and %q", tt.args, code, out, tt.code, tt.want)
		}
	}
	out, _, _, err := invoke(t, "advise", "last", "--stage", "steady", "--json", "--policy", "aws-since")
	var got struct {
		Predictions []struct {
			Name          string
			Amplification struct{ Value float64 }
		}
	}
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || len(got.Predictions) != 1 || got.Predictions[0].Amplification.Value < 1.05 || got.Predictions[0].Amplification.Value > 1.15 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestAdviseMeasured: policies that really ran are predicted beside what was measured.
func TestAdviseMeasured(t *testing.T) {
	recordRetries(t, "steady", "again 1", "again 2", "few")
	for _, tt := range []struct {
		args []string
		code int
		want string // of the output or of the error
	}{
		{[]string{"--stage", "steady", "--measured", "last"}, 0, "Of 3 predictions 3 agree with what was measured, 0 differ"},
		{[]string{"--stage", "steady", "--measured", "last", "--json"}, 0, `"verdict": "agrees"`},
		{[]string{"--stage", "steady", "--measured", "20990101"}, 3, "no such run"},
		{[]string{"--stage", "few", "--measured", "last"}, 3, "has no other stage with the load of stage few (100/s@500ms)"},
		{[]string{"--stage", "steady", "--measured", "last", "--bound", "p99 < 1s"}, 3, "leave --bound and --policy out"},
	} {
		out, _, code, err := invoke(t, append([]string{"advise", "last"}, tt.args...)...)
		if err != nil {
			out += err.Error()
		}
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%v: exit code %d, %s; want %d and %q", tt.args, code, out, tt.code, tt.want)
		}
	}
}
