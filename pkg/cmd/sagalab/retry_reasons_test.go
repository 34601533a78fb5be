package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestRetriesHaveReasons in what load prints, in `runs show` and in its JSON; without retries nothing
// is said of them.
func TestRetriesHaveReasons(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("x", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	for stage, retried := range map[string]bool{"bad": true, "good": false} {
		w, err := run.Begin(runs.Info{Stage: stage, Kind: runs.Load, Requests: 3, VUs: 1, Started: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		var records []runs.Record
		for i, reason := range []string{"http_500", "eof", "eof"} {
			o := runs.Operation{Stage: stage, Index: int64(i), LatencyMS: 5, Attempts: 1, Steps: 1, Success: true, Outcome: purchase.OK}
			rows := []runs.Attempt{{Stage: stage, Index: int64(i), Number: 1, Kind: runs.Original, Sent: true, Status: 201, Meaning: "confirmed"}}
			if retried {
				o.Attempts = 2
				rows[0].Reason, rows[0].Status, rows[0].Meaning = reason, 500, "unclear"
				rows = append(rows, runs.Attempt{Stage: stage, Index: int64(i), Number: 2, Kind: runs.Retry, Sent: true, Status: 201, Meaning: "confirmed"})
			}
			records = append(records, runs.Record{Operation: o, Attempts: rows})
		}
		if err := errors.Join(w.Append(records), w.Finish(runs.Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	var bad, good, show, asJSON bytes.Buffer
	if err := errors.Join(reportRun(&bad, run, "bad"), reportRun(&good, run, "good"), showRun(&show, run, false), showRun(&asJSON, run, true)); err != nil {
		t.Fatal(err)
	}
	stages, err := shownStages(run)
	if err != nil {
		t.Fatal(err)
	}
	documents := 0
	for _, s := range stages {
		documents += len(s.RetryReasons)
	}
	const line = "3 retries: 2 eof, 1 http_500\n"
	if !strings.Contains(bad.String(), "\n       "+line) || strings.Contains(good.String(), "retries:") ||
		strings.Count(show.String(), "retried  "+line) != 1 || strings.Count(show.String(), "retried") != 1 || strings.Count(asJSON.String(), `"retry_reasons"`) != 1 || documents != 2 {
		t.Errorf("load prints\n%s%sruns show\n%s%s", bad.String(), good.String(), show.String(), asJSON.String())
	}
}
