package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stored makes a run whose stages have n operations each that took factor × 5 to
// 15 ms; each failEvery-th failed, none when that is 0.
func stored(t *testing.T, store runs.Store, n, failEvery int, factor float64, stages ...string) runs.Run {
	t.Helper()
	r, err := store.Create("load", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range stages {
		w, err := r.Begin(runs.Info{Stage: stage, Kind: runs.Load, API: r.API, Requests: n, VUs: 2, Policy: "one attempt"})
		if err != nil {
			t.Fatal(err)
		}
		var batch []runs.Record
		began := time.Now()
		for i := range n {
			latency := factor * (5 + float64(i*7919%1000)/100)
			at := began.Add(time.Duration(i/2) * 15 * time.Millisecond)
			op := runs.Operation{Stage: stage, Index: int64(i), ScheduledTS: at, StartTS: at, EndTS: at.Add(time.Duration(latency * 1e6)), LatencyMS: latency,
				Attempts: 1, Success: true, StatusStr: "success", Outcome: purchase.OK, Status: 201}
			if failEvery > 0 && i%failEvery == 0 {
				op.Success, op.StatusStr, op.Outcome, op.Status, op.Reason, op.Message = false, "failure", purchase.Failed, 409, "out_of_stock", "nothing is left"
			}
			batch = append(batch, runs.Record{Operation: op, Attempts: []runs.Attempt{{Stage: stage, Index: int64(i), Number: 1, Kind: "original", StartTS: at}}})
		}
		if err := errors.Join(w.Append(batch), w.Finish(runs.Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestRunsCompareJudgesGates(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	a := stored(t, store, 3000, 0, 1, "light", "heavy", "old")
	b := stored(t, store, 3000, 50, 1.3, "heavy", "light")
	for _, tt := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{a.ID, b.ID}, 0, []string{"B  " + b.ID + " heavy, 3000 requests", "p99 ms", "+30.", "worse", "beware    stage \"old\" is in A only", "fails at once is fast"}},
		{[]string{a.ID, "last", "--gate", "heavy: p99 < +50%", "--gate", "light: error_ratio < +3pp"}, 0, []string{"gate holds     heavy: p99 < +50%", "gate holds     light: error_ratio < +3pp"}},
		{[]string{"last~1", "last", "--stage", "heavy", "--gate", "p99 < +10%"}, 1, []string{"gate violated  heavy: p99 < +10%  (+30."}},
		{[]string{"last", "last~1", "--stage", "heavy", "--gate", "p99 < +0%"}, 0, []string{"better", "gate holds"}},
		{[]string{"last~1", "last", "--gate", "p50 < +50%"}, 2, []string{"gate unclear   old: p50 < +50%  (stage \"old\" is in A only)"}},
		{[]string{"last~1", "last", "--stage", "light", "--gate", "p50 < +30%"}, 2, []string{"gate unclear   light", "would decide"}},
		{[]string{"last~1", "last", "--stage", "light", "--gate", "p50 < +30%", "--unclear", "violated"}, 1, []string{"gate unclear"}},
		{[]string{"last~1", "last", "--stage", "light", "--gate", "p50 < +30%", "--unclear", "holds"}, 0, []string{"gate unclear"}},
		{[]string{"last~1", "--stage-a", "old", "--stage-b", "heavy", "--gate", "old: p99 < 1%"}, 0, []string{"differs   stage: old in A, heavy in B", "gate holds"}},
	} {
		out, _, code, err := invoke(t, append([]string{"runs", "compare"}, tt.args...)...)
		if code != tt.code {
			t.Errorf("compare %q: code %d, %v; want %d\n%s", tt.args, code, err, tt.code, out)
		}
		for _, w := range tt.want {
			if !strings.Contains(out, w) {
				t.Errorf("compare %q does not say %q:\n%s", tt.args, w, out)
			}
		}
	}
	for _, n := range []int{1, 2, 3, 4} { // in turns, the newest is of B
		stored(t, store, 1500, 0, map[int]float64{0: 1.3, 1: 1}[n%2]*(1+float64(n)/100), "heavy")
	}
	out, _, code, err := invoke(t, "runs", "compare", "last~3,last~1", "last~2,last", "--gate", "p50 > +5%")
	if !strings.Contains(out, "2 runs of 3000 requests") || code == 1 {
		t.Errorf("compare of several runs: code %d, %v\n%s", code, err, out)
	}
	out, _, code, _ = invoke(t, "runs", "compare", a.ID, b.ID, "--json", "--gate", "heavy: p50 < 1%")
	var got struct {
		Comparisons []struct{ Changes []compare.Change }
		Alone       []compare.Unmatched
		Gates       []map[string]string
		ExitCode    int `json:"exit_code"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 1 || got.ExitCode != 1 || len(got.Comparisons) != 2 || len(got.Alone) != 1 ||
		len(got.Comparisons[0].Changes) != len(compare.Metrics()) || got.Gates[0]["verdict"] != "violated" {
		t.Errorf("compare --json: code %d, %v: %+v", code, err, got)
	}
}

func TestRunsAreListedAndShown(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	if out, _, _, err := invoke(t, "runs", "ls"); err != nil || !strings.Contains(out, "no runs in "+store.Dir) {
		t.Errorf("ls of an empty store: %v\n%s", err, out)
	}
	a := stored(t, store, 100, 10, 1, "light", "heavy", "light")
	b := stored(t, store, 20, 0, 1, "light")
	out, _, _, err := invoke(t, "runs", "ls")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err != nil || len(lines) != 2 || !strings.HasPrefix(lines[1], b.ID) || !strings.HasSuffix(lines[0], "  light 100, heavy 100") {
		t.Errorf("ls: %v\n%s", err, out)
	}
	out, _, _, err = invoke(t, "runs", "ls", "--json")
	var list []struct {
		ID         string
		Executions []runs.Entry
	}
	if jsonErr := json.Unmarshal([]byte(out), &list); err != nil || jsonErr != nil || len(list) != 2 || list[0].ID != a.ID || len(list[0].Executions) != 3 {
		t.Errorf("ls --json: %v, %v\n%s", err, jsonErr, out)
	}
	out, _, _, err = invoke(t, "runs", "show", a.ID)
	for _, want := range []string{"stage    light: 100 requests by 2 VUs, complete", "policy   one attempt", "faults   none", "90 success, 10 failure", "100 requests are too few for p95, p99", "10 × out_of_stock", "03-light"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("show: %v, does not say %q:\n%s", err, want, out)
		}
	}
	out, _, _, err = invoke(t, "runs", "show", "last", "--json")
	var one struct {
		ID     string
		Stages []struct {
			Stage, Dir string
			Summary    map[string]float64
		}
	}
	if jsonErr := json.Unmarshal([]byte(out), &one); err != nil || jsonErr != nil || one.ID != b.ID || len(one.Stages) != 1 || one.Stages[0].Summary["success"] != 20 || !strings.HasSuffix(one.Stages[0].Dir, "01-light") {
		t.Errorf("show --json: %v, %v: %+v\n%s", err, jsonErr, one, out)
	}
}

func TestRunsRefuseAllAtOnce(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	stored(t, store, 20, 0, 1, "light")
	stored(t, store, 20, 0, 1, "heavy")
	stored(t, store, 20, 0, 1, "heavy")
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"runs compare", []string{"which runs?"}},
		{"runs compare last --gate p98<1% --stage-a x --confidence 2 --unclear maybe", []string{"which runs?", "no metric", "require each other", "--confidence is 2", "--unclear"}},
		{"runs compare last last --stage x --stage-a y --stage-b z", []string{"--stage excludes"}},
		{"runs compare 1999 last~9", []string{`run "1999": no such run`, `run "last~9": no such run`}},
		{"runs compare last~2 last", []string{"no stage in common"}},
		{"runs compare last last~1 --stage gone --stage lost", []string{`"gone"`, `"lost"`, "only heavy"}},
		{"runs compare last last~1 --gate gone:p50<1% --gate lost:p50<1%", []string{`"gone"`, `"lost"`, "only heavy"}},
		{"runs compare last last~2 --stage-a light --stage-b heavy", []string{`has no stage "light"`, `has no stage "heavy"`}},
		{"runs compare last last~1 --junit x.xml", []string{"--junit requires --gate"}},
		{"runs compare a b c", []string{"at most 2", `"a b c"`, "--help"}},
		{"runs list", []string{`no command "list"`, "ls"}},
		{"runs compare a b --gaet x", []string{"unknown flag", "sagalab runs compare --help"}},
		{"runs show", []string{"which run?", "sagalab runs show last"}},
		{"runs show 2", []string{"more than one run"}},
		{"runs show ../x", []string{"no such run"}},
	} {
		_, _, code, err := invoke(t, strings.Fields(tt.args)...)
		if err == nil || code != 3 {
			t.Errorf("sagalab %s: code %d, %v; want 3", tt.args, code, err)
			continue
		}
		for _, w := range tt.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("sagalab %s: %v; want it to say %q", tt.args, err, w)
			}
		}
	}
}

func TestNumberAsJSON(t *testing.T) {
	var zero number
	b, err := json.Marshal([]number{1.5, 0 / zero, 1 / zero})
	if fmt.Sprint(string(b), err) != "[1.5,null,null]<nil>" {
		t.Errorf("numbers as JSON: %s, %v", b, err)
	}
}

// A damaged run has its line among the others, and an exit code.
func TestDamagedRunsAreListed(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	whole, info, run := stored(t, store, 30, 0, 1, "light"), stored(t, store, 30, 0, 1, "light"), stored(t, store, 30, 0, 1, "light")
	entries, err := info.Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(entries[0].Dir, "stage.json"), filepath.Join(run.Dir(), "run.json")} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.Replace(text, []byte("8000"), []byte("8001"), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	err = listRuns(&out, store, false)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if codeOfError(err) != exitUnclear || len(lines) != 3 || !strings.Contains(lines[0], whole.ID) || !strings.HasSuffix(lines[0], "light 30") ||
		!strings.Contains(lines[1], "damaged: ") || !strings.Contains(lines[1], "stage.json") || !strings.Contains(lines[2], run.ID) || !strings.Contains(lines[2], "run.json is damaged") {
		t.Errorf("%v\n%s\nwant a line for each run, two of them damaged", err, &out)
	}
}
