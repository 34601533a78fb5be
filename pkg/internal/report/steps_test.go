package report

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// The page has a table of steps where purchases take any, percentiles with what polls leave
// open, and what is left behind, without a mark.
func TestStepsOfAReport(t *testing.T) {
	run := onDisk(t, []stage{{name: "plain", ok: 5}})
	w, err := run.Begin(runs.Info{Stage: "shop", Kind: runs.Load, API: run.API, Load: "shop:1000x2", Requests: 1000, Policy: "p", Steps: []string{"cart", "order"}})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var records []runs.Record
	for i := range int64(1000) {
		o := runs.Operation{Index: i, LatencyMS: 1200, UncertaintyMS: 400, AcceptedMS: 15, Attempts: 2, Steps: 2, Polls: 1, Success: true, Outcome: purchase.OK, EndTS: began.Add(time.Second)}
		row := func(kind, step string, number int64, m purchase.Meaning) runs.Attempt {
			return runs.Attempt{Index: i, Number: number, Kind: kind, Step: step, Key: "k", StartTS: began, LatencyMS: 5, Status: 200, Sent: true, Meaning: m.String()}
		}
		rows := []runs.Attempt{row(runs.Original, "cart", 1, purchase.MeansStepDone), row(runs.Original, "order", 2, purchase.MeansPending), row(runs.Poll, "order", 2, purchase.MeansConfirmed)}
		if i < 3 {
			o = runs.Operation{Index: i, LatencyMS: 5, Attempts: 1, Steps: 1, Outcome: purchase.Failed, Reason: "cut_off", EndTS: began}
			rows = rows[:1]
		}
		records = append(records, runs.Record{Operation: o, Attempts: rows})
	}
	if err := errors.Join(w.Append(records), w.Finish(runs.Complete, "")); err != nil {
		t.Fatal(err)
	}
	r, err := New([]runs.Run{run}, nil, audit.Requirement{})
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]Table{}
	for _, table := range r.Tables {
		tables[table.Title] = table
	}
	shop := tables["Stages"].Rows[1]
	if got := strings.Join(shop[7:], "|"); got != "800–1200|800–1200|800–1200|3 ended after step cart; accepted p50 15.0  p99 15.0 ms, 997 polls" || tables["Stages"].Marks[1] != "" {
		t.Errorf("the row of the stage ends with %s and has the mark %q", got, tables["Stages"].Marks[1])
	}
	want := [][]string{
		{"shop", "cart", "1000", "1000", "0", "0", "0", "0", "5.00", "5.00"},
		{"shop", "order", "997", "997", "0", "0", "0", "997", "0–5", "0–5"},
	}
	if got := tables["Steps"].Rows; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("steps %q, want %q", got, want)
	}
	if r, err = New([]runs.Run{onDisk(t, []stage{{name: "plain", ok: 5}})}, nil, audit.Requirement{}); err != nil || slices.ContainsFunc(r.Tables, func(t Table) bool { return t.Title == "Steps" }) {
		t.Errorf("a report without steps: %v, %v", r.Tables, err)
	}
}
