package report

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stage is a stage that is put on disk.
type stage struct {
	name          string
	ok, failed    int
	thresholds    []runs.ThresholdResult
	warnings      []string
	search, state string
}

// onDisk is a run with stages and audits.
func onDisk(t *testing.T, stages []stage, audits ...audit.Report) runs.Run {
	t.Helper()
	return onDiskAt(t, "http://localhost:1", stages, audits...)
}

// onDiskAt is onDisk for the service at an address.
func onDiskAt(t *testing.T, api string, stages []stage, audits ...audit.Report) runs.Run {
	t.Helper()
	run, err := runs.Store{Dir: t.TempDir()}.Create("test", api)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stages {
		n := s.ok + s.failed
		w, err := run.Begin(runs.Info{
			Stage: s.name, Kind: runs.Load, API: run.API, Load: s.name + ":10x2", Requests: n, Policy: "3 attempts", Seed: 7, Fixture: "plenty",
			Order: &purchase.Request{UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4}, Search: s.search,
		})
		if err != nil {
			t.Fatal(err)
		}
		var records []runs.Record
		for i := range n {
			op := runs.Operation{Index: int64(i), LatencyMS: float64(i), Attempts: 1, Success: i < s.ok, Outcome: purchase.OK, EndTS: time.Now()}
			if !op.Success {
				op.Outcome, op.Reason = purchase.Failed, "out_of_stock"
			}
			records = append(records, runs.Record{Operation: op})
		}
		w.UpdateInfo(func(i *runs.Info) { i.Thresholds, i.Warnings = s.thresholds, s.warnings })
		state := s.state
		if state == "" {
			state = runs.Complete
		}
		if err := errors.Join(w.Append(records), w.Finish(state, "")); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range audits {
		if err := observe.SaveAudit(run, a); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

func verdict(rule string, answer audit.Answer) audit.Verdict {
	v := audit.Verdict{Rule: rule, Title: "the title of " + rule, Answer: answer, Judged: 3, What: "things"}
	if answer == audit.Violated {
		v.Count, v.First = 1, &audit.Counterexample{Says: "order 1 was made twice"}
	}
	return v
}

func TestVerdict(t *testing.T) {
	passes := []runs.ThresholdResult{{Threshold: "p99 < 1s", Value: "9 ms", Verdict: "pass"}}
	fails := []runs.ThresholdResult{{Threshold: "p99 < 1ms", Value: "9 ms", Verdict: "fail"}}
	unclear := []runs.ThresholdResult{{Threshold: "p99 < 1s", Value: "9 ms", Verdict: "unclear", Note: "too few samples"}}
	holds := audit.Report{Stages: []string{"a"}, Verdicts: []audit.Verdict{verdict("K1", audit.Holds), verdict("C1", audit.NotExercised)}}
	violated := audit.Report{Stages: []string{"a"}, Verdicts: []audit.Verdict{verdict("K1", audit.Holds), verdict("K2", audit.Violated)}}
	unknown := audit.Report{Stages: []string{"a"}, Verdicts: []audit.Verdict{verdict("C1", audit.Unknown)}}
	beyond := audit.Report{Stages: []string{"a"}, Verdicts: []audit.Verdict{{Rule: "T1", Answer: audit.Unknown, Beyond: true}}}
	notRequired := audit.Report{Stages: []string{"a"}, Verdicts: []audit.Verdict{{Rule: "T1", Answer: audit.Unknown, Beyond: true, NotRequired: true}}}
	several := audit.Report{Stages: []string{"a"}, Verdicts: []audit.Verdict{verdict("B1", audit.Violated), verdict("K2", audit.Violated), verdict("C3", audit.Violated)}}
	for name, c := range map[string]struct {
		stages []stage
		audits []audit.Report
		failed error
		want   State
		says   []string
	}{
		"nothing judged":           {[]stage{{name: "a", ok: 3}}, nil, nil, Unjudged, []string{"Nothing was judged", "3 purchases: 3 confirmed, 0 failed, 0 unknown."}},
		"a threshold passes":       {[]stage{{name: "a", ok: 3, thresholds: passes}}, nil, nil, Good, []string{"a: p99 < 1s"}},
		"a threshold fails":        {[]stage{{name: "a", ok: 2, failed: 1, thresholds: fails}, {name: "b", thresholds: passes}}, nil, nil, Bad, []string{"a: p99 < 1ms fails with 9 ms", "2 confirmed, 1 failed"}},
		"a threshold unclear":      {[]stage{{name: "a", ok: 3, thresholds: unclear}}, nil, nil, Unclear, []string{"Could not be judged: a: p99 < 1s."}},
		"rules hold":               {[]stage{{name: "a", ok: 3}}, []audit.Report{holds}, nil, Good, []string{"the rules in the audit of a"}},
		"a rule is violated":       {[]stage{{name: "a", ok: 3, thresholds: passes}}, []audit.Report{violated}, nil, Bad, []string{"the audit of a finds K2 (the title of K2) violated"}},
		"audited again":            {[]stage{{name: "a", ok: 3}}, []audit.Report{violated, holds}, nil, Good, nil},
		"a rule unknown":           {[]stage{{name: "a", ok: 3}}, []audit.Report{unknown}, nil, Unclear, []string{"C1 in the audit of a"}},
		"a rule out of reach":      {[]stage{{name: "a", ok: 3}}, []audit.Report{beyond}, nil, Unclear, []string{"T1 in the audit of a"}},
		"which is not required":    {[]stage{{name: "a", ok: 3}}, []audit.Report{notRequired}, nil, Good, nil},
		"several are violated":     {[]stage{{name: "a", ok: 3}}, []audit.Report{several}, nil, Bad, []string{"finds K2 (the title of K2), C3 (the title of C3), B1 (the title of B1) violated (violated side by side: K2, C3, B1)."}},
		"violated over unclear":    {[]stage{{name: "a", ok: 3, thresholds: unclear}}, []audit.Report{violated}, nil, Bad, []string{"K2", "Could not be judged"}},
		"a probe may fail":         {[]stage{{name: "a 9/s", ok: 3, thresholds: fails, search: "a"}}, nil, nil, Unjudged, nil},
		"interrupted":              {[]stage{{name: "a", ok: 3, thresholds: passes, state: runs.Interrupted}}, nil, nil, Unclear, []string{"Not completed: a (interrupted)"}},
		"stopped by its threshold": {[]stage{{name: "a", ok: 1, failed: 2, thresholds: fails, state: runs.Interrupted}}, nil, nil, Bad, []string{"fails with 9 ms. 3 purchases"}},
		"a cell failed":            {[]stage{{name: "a", ok: 3, thresholds: passes}}, nil, errors.New("cell 4: no service.\nmore"), Stopped, []string{"did not run to its end: cell 4: no service."}},
		"no run":                   {nil, nil, errors.New("cell 1"), Stopped, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := New([]runs.Run{onDisk(t, c.stages, c.audits...)}, c.failed, audit.Requirement{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict.State != c.want {
				t.Errorf("state %s (%s), want %s", r.Verdict.State, r.Verdict.Text, c.want)
			}
			for _, s := range c.says {
				if !strings.Contains(r.Verdict.Text, s) {
					t.Errorf("text %q lacks %q", r.Verdict.Text, s)
				}
			}
		})
	}
}

func TestReportHoldsWhatItWasMeasuredWith(t *testing.T) {
	run := onDisk(t, []stage{{name: "a", ok: 3, warnings: []string{"the client was the bottleneck"}}, {name: "b", ok: 1, warnings: []string{"the client was the bottleneck"}}})
	if err := run.SetService(purchase.Version{Name: "shop", Version: "9.9"}); err != nil {
		t.Fatal(err)
	}
	r, err := New([]runs.Run{run}, nil, audit.Requirement{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range r.Provenance {
		got[p[0]] = p[1]
	}
	for name, want := range map[string]string{
		"run": run.ID, "begun": run.Created.Format(runs.TimeLayout), "machine": run.Provenance.Machine(), "program": run.Provenance.Program(),
		"service": "http://localhost:1", "service says it is": "shop 9.9", "fixture": "plenty",
		"bought": "3 of product 2 by user 1, payment method 4", "policy": "3 attempts", "seed": "7",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if want := []string{"a: the client was the bottleneck", "b: the client was the bottleneck"}; !slices.Equal(r.Notes, want) {
		t.Errorf("notes %q, want %q", r.Notes, want)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestTables(t *testing.T) {
	run := onDisk(t, []stage{
		{name: "a", ok: 2, failed: 1, thresholds: []runs.ThresholdResult{{Threshold: "p99 < 1ms", Value: "9 ms", Verdict: "fail"}}},
		{name: "b", ok: 2},
	}, audit.Report{Stages: []string{"a", "b"}, Verdicts: []audit.Verdict{verdict("K1", audit.Holds), verdict("C1", audit.Unknown), {Rule: "T1", Answer: audit.Unknown, NotRequired: true}, verdict("C3", audit.Violated), verdict("K2", audit.Violated)}})
	r, err := New([]runs.Run{run}, nil, audit.Requirement{})
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, table := range r.Tables {
		titles = append(titles, table.Title)
		for _, row := range table.Rows {
			if len(row) != len(table.Columns) || len(table.Marks) != len(table.Rows) {
				t.Errorf("%s: row %q has not a cell for each of %q, or a row has no mark", table.Title, row, table.Columns)
			}
		}
	}
	if want := []string{"Thresholds", "Rules that do not hold", "Audits", "Stages"}; !slices.Equal(titles, want) {
		t.Fatalf("tables %q, want %q", titles, want)
	}
	if got := r.Tables[1]; len(got.Rows) != 3 || got.Rows[0][0] != "✗\u00a0K2" || got.Marks[0] != markBad || got.Rows[1][0] != "✗\u00a0C3" || got.Rows[2][0] != "C1" || got.Marks[2] != markWarn {
		t.Errorf("rules %q %q, want what is violated first, then what is unknown", got.Rows, got.Marks)
	}
	if got, want := r.Tables[2].Rows, []string{"a, b", "1", "K2 C3", "C1 T1 (not required)", "", "the history alone", "0", "0"}; len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("audits %q, want one row %q", got, want)
	}
	if got, want := r.Tables[3], []string{"3", "2", "1", "0"}; got.Marks[0] != markBad || !slices.Equal(got.Rows[0][2:6], want) {
		t.Errorf("stages %q %q, want the first marked, with %q", got.Rows, got.Marks, want)
	}
}

// TestRulesOfSeveralAudits: audits that say the same of a rule share a row, and those that say another thing have one each.
func TestRulesOfSeveralAudits(t *testing.T) {
	other := verdict("T2", audit.Unknown)
	other.Reason = "the service shows its steps of some orders"
	names := []string{"a", "b", "c"}
	var audits []audit.Report
	for _, name := range names {
		audits = append(audits, audit.Report{Stages: []string{name}, Verdicts: []audit.Verdict{verdict("T1", audit.Unknown), verdict("T2", audit.Unknown)}})
	}
	audits[1].Verdicts[1] = other
	audits[2].Verdicts = append(audits[2].Verdicts, verdict("K2", audit.Violated))
	r, err := New([]runs.Run{onDisk(t, []stage{{name: "a", ok: 3}, {name: "b", ok: 3}, {name: "c", ok: 3}}, audits...)}, nil, audit.Requirement{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "Could not be judged: T1, T2 in the audit of a, b."; !strings.Contains(r.Verdict.Text, want) {
		t.Errorf("the verdict is %q, want %q in it", r.Verdict.Text, want)
	}
	var rows []string
	for _, row := range r.Tables[0].Rows {
		rows = append(rows, row[0]+" of "+row[3])
	}
	if want := []string{"✗\u00a0K2 of c", "T1 of a, b, c", "T2 of a, c", "T2 of b"}; !slices.Equal(rows, want) || !slices.Equal(r.Tables[0].Marks, []string{markBad, markWarn, markWarn, markWarn}) {
		t.Errorf("the rows are %q %q, want %q", rows, r.Tables[0].Marks, want)
	}
}

func TestGates(t *testing.T) {
	for verdict, want := range map[compare.GateVerdict]State{compare.GateHolds: Good, compare.GateViolated: Bad, compare.GateUnclear: Unclear} {
		run := onDisk(t, []stage{{name: "new", ok: 1}})
		if err := run.SaveGates("new against old", []runs.JudgedGate{{Gate: "p50 < +20%", Verdict: string(verdict), Detail: "+90%"}}); err != nil {
			t.Fatal(err)
		}
		r, err := New([]runs.Run{run}, nil, audit.Requirement{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict.State != want || !strings.Contains(r.Verdict.Text, "gate p50 < +20% of new against old") {
			t.Errorf("a gate that is %s: %+v, want %s", verdict, r.Verdict, want)
		}
		if got := r.Tables[0]; got.Title != "Gates" || !slices.Equal(got.Rows[0], []string{"new against old", "p50 < +20%", string(verdict), "+90%"}) {
			t.Errorf("the first table is %+v, want the gate", got)
		}
	}
}

// TestSeveralServices: with two services each row says which, each sentence where the names of stages do not, and with one none does.
func TestSeveralServices(t *testing.T) {
	fails := []runs.ThresholdResult{{Threshold: "p99 < 1ms", Value: "9 ms", Verdict: "fail"}}
	made := func(api string) runs.Run {
		return onDiskAt(t, api, []stage{{name: "quiet", ok: 3, thresholds: fails, warnings: []string{"busy"}}},
			audit.Report{Stages: []string{"quiet"}, Notes: []string{"late"}, Verdicts: []audit.Verdict{verdict("C1", audit.Violated), verdict("T1", audit.Unknown)}})
	}
	shop, careless := "http://127.0.0.1:1", "http://127.0.0.1:1/careless"
	r, err := New([]runs.Run{made(shop), made(careless)}, nil, audit.Requirement{})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range r.Tables {
		at := slices.Index(table.Columns, "service")
		if at < 0 {
			t.Errorf("%s has the columns %q, want the service among them", table.Title, table.Columns)
			continue
		}
		count := map[string]int{}
		for i, row := range table.Rows {
			if table.Title == "Rules that do not hold" && table.Marks[i] == markWarn {
				if row[at] != shop+", "+careless || row[at+1] != "quiet" {
					t.Errorf("the unknown rule has the services %q and the stages %q, want both services", row[at], row[at+1])
				}
				continue
			}
			count[row[at]]++
		}
		if len(count) != 2 || count[shop] != count[careless] {
			t.Errorf("%s has rows of the services %v, want as many of both", table.Title, count)
		}
	}
	for _, want := range []string{"the audit of quiet at " + careless + " finds C1", "quiet at " + shop + ": p99 < 1ms fails"} {
		if !strings.Contains(r.Verdict.Text, want) {
			t.Errorf("the verdict is %q, want %q in it", r.Verdict.Text, want)
		}
	}
	if want := []string{"quiet at " + shop + ": busy", "audit of quiet at " + shop + ": late", "quiet at " + careless + ": busy", "audit of quiet at " + careless + ": late"}; !slices.Equal(r.Notes, want) {
		t.Errorf("notes %q, want %q", r.Notes, want)
	}
	other := onDiskAt(t, careless, []stage{{name: "busy", ok: 1}})
	if r, err = New([]runs.Run{made(shop), other}, nil, audit.Requirement{}); err != nil {
		t.Fatal(err)
	}
	if last := r.Tables[len(r.Tables)-1]; !slices.Contains(last.Columns, "service") || strings.Contains(r.Verdict.Text, shop) {
		t.Errorf("with other names of stages the columns are %q and the verdict is %q, want the service in the table alone", last.Columns, r.Verdict.Text)
	}
	cases := onDiskAt(t, careless, nil) // a run without a stage or an audit has no row
	if r, err = New([]runs.Run{made(shop), made(shop), cases}, nil, audit.Requirement{}); err != nil {
		t.Fatal(err)
	}
	for _, table := range r.Tables {
		if slices.Contains(table.Columns, "service") || len(table.Rows[0]) != len(table.Columns) {
			t.Errorf("%s has the columns %q and the row %q with one service", table.Title, table.Columns, table.Rows[0])
		}
	}
	if strings.Contains(r.Verdict.Text, shop) || strings.Contains(strings.Join(r.Notes, ""), shop) {
		t.Errorf("with one service the verdict is %q, the notes %q", r.Verdict.Text, r.Notes)
	}
}
