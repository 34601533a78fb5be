package nb

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/frame"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// recordSteps records a stage of 20 purchases of a cart and an order that is settled by a poll; every
// tenth is cut off after the cart.
func recordSteps(t *testing.T, run runs.Run, name string) {
	t.Helper()
	began := time.Now()
	w, err := run.Begin(runs.Info{Stage: name, Kind: runs.Load, API: run.API, Requests: 20, VUs: 1, Policy: "p", Started: began, Steps: []string{"cart", "order"}})
	if err != nil {
		t.Fatal(err)
	}
	var list []runs.Record
	for i := range 20 {
		o := runs.Operation{Stage: name, Index: int64(i), ScheduledTS: began, StartTS: began, LatencyMS: 5, Attempts: 1, Steps: 1, StatusStr: "failure", Outcome: purchase.Failed, Reason: "cut_off"}
		attempt := func(number int64, kind, step string, after time.Duration, m purchase.Meaning) runs.Attempt {
			return runs.Attempt{Stage: name, Index: int64(i), Number: number, Kind: kind, Step: step, Key: "k", StartTS: began.Add(after), LatencyMS: 5, Status: 200, Sent: true, Meaning: m.String()}
		}
		r := runs.Record{Attempts: []runs.Attempt{attempt(1, runs.Original, "cart", 0, purchase.MeansStepDone)}}
		if i%10 > 0 {
			o.LatencyMS, o.AcceptedMS, o.UncertaintyMS, o.Attempts, o.Steps, o.Polls = 215, 15, 205, 2, 2, 1
			o.Success, o.StatusStr, o.Outcome, o.Reason, o.Status = true, "success", purchase.OK, "", 200
			r.Attempts = append(r.Attempts, attempt(2, runs.Original, "order", 10*time.Millisecond, purchase.MeansPending), attempt(2, runs.Poll, "order", 210*time.Millisecond, purchase.MeansConfirmed))
		}
		o.EndTS = began.Add(time.Duration(o.LatencyMS * 1e6))
		r.Operation = o
		list = append(list, r)
	}
	if err := errors.Join(w.Append(list), w.Finish(runs.Complete, "")); err != nil {
		t.Fatal(err)
	}
}

// A cell prints a line for each step, what is left behind and what polls leave open; StepTable
// and StepFigure show the same.
func TestStepsAreShown(t *testing.T) {
	l, _, _ := cells(t, confirm)
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	recordSteps(t, run, "shop")
	var b bytes.Buffer
	captureOutput(t, &b)
	if err := printStageEnd(run, "shop", nil); err != nil {
		t.Fatal(err)
	}
	inOrder(t, "the stage's end", b.String(), "Stage shop completed: success=18 failure=2\n",
		"  latency p50 10–215  p90 10–215  p95 10–215  p99 10–215  max 10–215 ms\n  accepted p50 15.0  p99 15.0 ms, 18 polls\n",
		"  step cart: 20 begun, 20 done, 0 refused, 0 unknown, 0 retries, p50 5.00  p90 5.00  p99 5.00 ms\n",
		"  step order: 18 begun, 18 done, 0 refused, 0 unknown, 0 retries, 18 polls, p50 0–205",
		"  2 ended after step cart\n", "  2 × cut_off")
	b.Reset()
	shop := l.Recorded("shop")
	shop.StepTable()
	inOrder(t, "the table", b.String(), "step ", "begun ", "cart ", "order ", frame.EndToEnd, "few samples")
	b.Reset()
	shop.StepFigure()
	if got := b.String(); !strings.HasPrefix(got, "[figure: Latency by step") {
		t.Errorf("StepFigure shows %q", got)
	}
	b.Reset()
	if df := shop.Attempts("kind", "step"); df.Nrow() != 56 {
		t.Errorf("%d rows, want 38 attempts and 18 polls", df.Nrow())
	}
	recordRandom(t, run, runs.Info{Stage: "light"}, 30)
	light := l.Recorded("light")
	light.StepFigure()
	if got := b.String(); !strings.Contains(got, "a purchase of these stages takes one request, not steps") {
		t.Errorf("StepFigure of a stage without steps shows %q", got)
	}
	b.Reset()
	if err := printStageEnd(run, "light", nil); err != nil || strings.Contains(b.String(), "step ") || strings.Contains(b.String(), "poll") {
		t.Errorf("a stage without steps ends with %v and %s", err, b.String())
	}
}
