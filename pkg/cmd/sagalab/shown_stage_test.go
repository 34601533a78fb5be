package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// `runs show`, its JSON and a stage's line have the same percentiles, to the digit
// that is printed.
func TestShowAgreesWithTheStagesLine(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("x", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	w, err := run.Begin(runs.Info{Stage: "light", Kind: runs.Load, Requests: 300, VUs: 1})
	if err != nil {
		t.Fatal(err)
	}
	var records []runs.Record
	for i := range 300 {
		latency := 3.0049 + 1.2345*float64(i*i)/100
		end := time.Now().Add(time.Duration(latency * 1e6))
		records = append(records, runs.Record{Operation: runs.Operation{Stage: "light", Index: int64(i), LatencyMS: latency, Attempts: 1, Success: true, Outcome: purchase.OK, EndTS: end}})
	}
	if err := w.Append(records); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(runs.Complete, ""); err != nil {
		t.Fatal(err)
	}
	list, err := run.Overviews()
	if err != nil {
		t.Fatal(err)
	}
	var line, show, asJSON bytes.Buffer
	printStage(&line, list[0])
	for out, encoded := range map[*bytes.Buffer]bool{&show: false, &asJSON: true} {
		if err := showRun(out, run, encoded); err != nil {
			t.Fatal(err)
		}
	}
	var shown struct {
		Stages []struct{ Summary map[string]float64 }
	}
	if err := json.Unmarshal(asJSON.Bytes(), &shown); err != nil {
		t.Fatal(err)
	}
	inLine, inShow := strings.Join(strings.Fields(line.String()), " "), strings.Join(strings.Fields(show.String()), " ")
	for _, name := range []string{"p50", "p90", "p95", "p99", "max"} {
		want := name + " " + load.FormatNumber(shown.Stages[0].Summary[name+"_ms"])
		if !strings.Contains(inLine, want) || !strings.Contains(inShow, want) {
			t.Errorf("the JSON says %s, the others\n%s\n%s", want, inLine, inShow)
		}
	}
}
