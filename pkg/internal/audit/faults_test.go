package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// thorough is a simulated run of a correct service in which every rule holds but K2.
func thorough(t *testing.T) (Evidence, Report) {
	t.Helper()
	for seed := range uint64(simulations) {
		x := simulate(randomConfig(seed))
		e := x.evidence()
		e.AskedAgain = x.askAgain(10, int64(time.Minute))
		r := Judge(e, Options{})
		if !slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Answer != Holds && v.Rule != "K2" }) {
			return e, r
		}
	}
	t.Fatalf("in none of %d simulations every rule holds", simulations)
	return Evidence{}, Report{}
}

func hit(fault string) runs.FaultWindow {
	return runs.FaultWindow{Fault: fault, To: time.Second, Probability: 1, Met: 9, Taken: 9}
}

func missed(fault string) runs.FaultWindow {
	return runs.FaultWindow{Fault: fault, From: 2 * time.Second, To: 4 * time.Second, Probability: 1}
}

// TestRulesRestOnFaults gives a run in which the rules hold the windows of two
// stages, and looks at the verdicts and at what is said.
func TestRulesRestOnFaults(t *testing.T) {
	e, held := thorough(t)
	plan := json.RawMessage(`{"windows":[{}]}`)
	share0 := runs.FaultWindow{Fault: "hang", To: time.Second, Met: 12}
	for _, tt := range []struct {
		name     string
		first    []runs.FaultWindow
		other    []runs.FaultWindow // of another stage
		unknown  bool               // a plan of which it is not known what it did
		limited  bool               // the rules that rest on faults do not hold
		because  string             // in the reason of a limited rule
		noteSays string
	}{
		{name: "no faults"},
		{name: "hit", first: []runs.FaultWindow{hit("drop_reply")}},
		{name: "missed", first: []runs.FaultWindow{missed("drop_reply")}, limited: true,
			because:  "the planned fault drop_reply (2s to 4s) of stage load met no request: the load had ended after 1.9s; apart from that it holds of ",
			noteSays: "the planned fault drop_reply (2s to 4s) of stage load met no request: the load had ended after 1.9s, and no rule that rests on it holds"},
		{name: "none drawn", first: []runs.FaultWindow{share0}, limited: true,
			because:  "with its probability of 0, none of the 12 requests that arrived while it was open was drawn",
			noteSays: "the planned fault hang (0s to 1s) of stage load affected no request"},
		{name: "another kind was hit", first: []runs.FaultWindow{hit("drop_reply"), missed("kill")}, limited: true, because: "kill", noteSays: "kill"},
		{name: "another window was hit", first: []runs.FaultWindow{hit("drop_reply"), missed("drop_reply")}},
		{name: "another stage was hit", first: []runs.FaultWindow{missed("drop_reply")}, other: []runs.FaultWindow{hit("drop_reply")}},
		{name: "another stage, another kind", first: []runs.FaultWindow{hit("drop_reply")}, other: []runs.FaultWindow{missed("hang")}, limited: true,
			because: "of stage other", noteSays: "of stage other"},
		{name: "not known", unknown: true, noteSays: "it is not known whether the planned faults of load took any request"},
	} {
		first, other := e.Stages[0], runs.Stage{Info: runs.Info{Stage: "other", State: runs.Complete}}
		first.FaultWindows, other.FaultWindows = tt.first, tt.other
		first.Report = &load.Report{Started: len(first.Operations), Elapsed: 1900 * time.Millisecond}
		if tt.unknown || tt.first != nil {
			first.Faults = plan
		}
		given := e
		given.Stages = []runs.Stage{first, other}
		r := Judge(given, Options{})
		for i, v := range r.Verdicts {
			was := held.Verdicts[i]
			limited := tt.limited && rules[i].restsOnFaults && was.Answer == Holds
			switch {
			case limited && (v.Answer != NotExercised || !strings.Contains(v.Reason, tt.because) || !strings.HasSuffix(v.Evidence(), was.Evidence())):
				t.Errorf("%s: %s %s: %s; want it not exercised because of %q, and what was seen: %s", tt.name, v.Rule, v.Answer, v.Reason, tt.because, was.Evidence())
			case !limited && (v.Answer != was.Answer || v.Reason != was.Reason):
				t.Errorf("%s: %s %s: %s; want %s: %s", tt.name, v.Rule, v.Answer, v.Reason, was.Answer, was.Reason)
			}
		}
		notes := strings.Join(r.Notes, "\n")
		if (notes != "") != (tt.noteSays != "") || !strings.Contains(notes, tt.noteSays) {
			t.Errorf("%s: notes %q, want %q", tt.name, notes, tt.noteSays)
		}
		if r.ExitCode() != ExitHolds {
			t.Errorf("%s: exit code %d, want %d as for every rule that is not exercised", tt.name, r.ExitCode(), ExitHolds)
		}
	}
}

// TestFaultsHideNoViolation: what is violated or unknown stays so under a fault
// that met nothing.
func TestFaultsHideNoViolation(t *testing.T) {
	x := calmTale()
	x.orders[0].Status = purchase.Pending
	e := x.evidence()
	e.After.Failed = map[Call]string{LedgerCall: "HTTP 500"}
	before := Judge(e, Options{})
	e.Stages[0].FaultWindows = []runs.FaultWindow{missed("drop_reply")}
	after := Judge(e, Options{})
	kept := map[Answer]int{}
	for i, v := range before.Verdicts {
		if got := after.Verdicts[i]; v.Answer != Holds && (got.Answer != v.Answer || got.Reason != v.Reason) {
			t.Errorf("%s %s: %s; want %s: %s", v.Rule, got.Answer, got.Reason, v.Answer, v.Reason)
		}
		kept[v.Answer]++
	}
	if kept[Violated] == 0 || kept[Unknown] == 0 || after.ExitCode() != ExitViolated {
		t.Errorf("%v, exit code %d; want some violated and unknown, and the code of a violation", kept, after.ExitCode())
	}
}

// TestManyMissedFaultsAreBounded: a plan may have a thousand windows.
func TestManyMissedFaultsAreBounded(t *testing.T) {
	e := calmTale().evidence()
	for _, kind := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		for range 100 {
			e.Stages[0].FaultWindows = append(e.Stages[0].FaultWindows, missed(kind))
		}
	}
	r := Judge(e, Options{})
	if n := len(r.Notes); n != 6 || r.Notes[5] != "2 more planned faults took no request" {
		t.Errorf("%d notes, the last %q; want five faults and the number of the others", n, r.Notes[n-1])
	}
}
