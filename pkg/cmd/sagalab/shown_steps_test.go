package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// recordedSteps is a run with a stage of 40 purchases of a cart and an order that a poll settles, of
// which every tenth is cut off after the cart, and one of purchases of one request.
func recordedSteps(t *testing.T) runs.Run {
	t.Helper()
	run, err := runs.Store{Dir: t.TempDir()}.Create("x", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, info := range []runs.Info{{Stage: "shop", Steps: []string{"cart", "order"}}, {Stage: "plain"}} {
		info.Kind, info.Requests, info.VUs, info.Started = runs.Load, 40, 1, began
		w, err := run.Begin(info)
		if err != nil {
			t.Fatal(err)
		}
		var records []runs.Record
		for i := range int64(40) {
			o := runs.Operation{Stage: info.Stage, Index: i, LatencyMS: 5, Attempts: 1, Steps: 1, Success: true, Outcome: purchase.OK, EndTS: began.Add(time.Second)}
			row := func(kind, step string, number int64, after time.Duration, m purchase.Meaning) runs.Attempt {
				return runs.Attempt{Stage: info.Stage, Index: i, Number: number, Kind: kind, Step: step, Key: "k", StartTS: began.Add(after), LatencyMS: 5, Status: 200, Sent: true, Meaning: m.String()}
			}
			rows := []runs.Attempt{row(runs.Original, "", 1, 0, purchase.MeansConfirmed)}
			switch {
			case info.Steps == nil:
			case i%10 == 0:
				o.Success, o.Outcome, o.Reason = false, purchase.Failed, "cut_off"
				rows = []runs.Attempt{row(runs.Original, "cart", 1, 0, purchase.MeansStepDone)}
			default:
				o.Attempts, o.Steps, o.Polls, o.LatencyMS, o.UncertaintyMS, o.AcceptedMS = 2, 2, 1, 1200, 400, 15
				rows = []runs.Attempt{row(runs.Original, "cart", 1, 0, purchase.MeansStepDone), row(runs.Original, "order", 2, 10*time.Millisecond, purchase.MeansPending),
					row(runs.Poll, "order", 2, 410*time.Millisecond, purchase.MeansConfirmed)}
			}
			records = append(records, runs.Record{Operation: o, Attempts: rows})
		}
		if err := errors.Join(w.Append(records), w.Finish(runs.Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

// The stage's lines, `runs show`, its JSON and the summary of --summary say how each step went,
// what is left behind and what polls leave open; of purchases of one request nothing is said.
func TestStepsAreShown(t *testing.T) {
	run := recordedSteps(t)
	list, err := run.Overviews()
	if err != nil {
		t.Fatal(err)
	}
	var lines, plain, show, asJSON, summary bytes.Buffer
	printStage(&lines, list[0])
	printStage(&plain, list[1])
	shown, err := shownStages(run)
	err = errors.Join(err, showRun(&show, run, false), showRun(&asJSON, run, true), (&verdict{stages: shown}).writeMarkdown(&summary))
	if err != nil {
		t.Fatal(err)
	}
	const (
		cart  = "step cart: 40 begun, 40 done, 0 refused, 0 unknown, 0 retries, p50 5.00  p90 5.00  p99 5.00 ms\n"
		order = "step order: 36 begun, 36 done, 0 refused, 0 unknown, 0 retries, 36 polls, p50 0–405  p90 0–405  p99 0–405 ms\n"
	)
	for name, text := range map[string]struct{ got, want string }{
		"line":    {lines.String(), "p50 800–1200  p90 800–1200  p95 800–1200  p99 800–1200  max 800–1200 ms  accepted p50 15.0  p99 15.0 ms, 36 polls\n       " + cart + "       " + order + "       4 ended after step cart\n"},
		"show":    {show.String(), "latency  p50 800–1200  p90 800–1200  p95 800–1200  p99 800–1200  max 800–1200 ms\npolled   accepted p50 15.0  p99 15.0 ms, 36 polls\nsteps    " + cart + "steps    " + order + "steps    4 ended after step cart\n"},
		"summary": {summary.String(), "| 800–1200 | 800–1200 | 800–1200 | 800–1200 |"},
		"beware":  {summary.String(), "4 ended after step cart; accepted p50 15.0  p99 15.0 ms, 36 polls; 4 × cut"},
	} {
		if !strings.Contains(text.got, text.want) {
			t.Errorf("%s:\n%s\nlacks\n%s", name, text.got, text.want)
		}
	}
	if got := plain.String(); strings.Contains(got, "step") || strings.Contains(got, "poll") || strings.Contains(got, "±") {
		t.Errorf("a stage without steps is\n%s", got)
	}
	var document struct {
		Stages []struct {
			Steps     []string         `json:"steps"`
			Summary   map[string]any   `json:"summary"`
			Summaries []map[string]any `json:"step_summaries"`
		}
	}
	if err := json.Unmarshal(asJSON.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	shop, other := document.Stages[0], document.Stages[1]
	if len(shop.Steps) != 2 || shop.Summary["polls"] != 36. || shop.Summary["p99_low_ms"] != 800. || shop.Summary["amplification"] != 1. || shop.Summary["retries"] != 0. || shop.Summaries[1]["begun"] != 36. || shop.Summaries[1]["p99_low_ms"] != 0. {
		t.Errorf("the JSON of the stage is %+v", shop)
	}
	for _, name := range []string{"polls", "accepted_p50_ms", "p99_low_ms", "left"} {
		if _, found := other.Summary[name]; found || other.Summaries != nil {
			t.Errorf("the JSON of a stage without steps has %s: %+v", name, other)
		}
	}
}
