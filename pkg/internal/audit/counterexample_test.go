package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// paidTwice is an audit of one purchase that was bought under two keys.
func paidTwice() Report {
	x := calmTale()
	x.sent = nil
	keys := []string{"01a21864-8375-7460-bc56-8e74e48c9b5b", "01a21864-83d7-7d19-a3af-33625599630c"}
	for i, k := range keys {
		a := buys(k, 1, float64(10*i), 5)
		if i == 0 {
			a = a.ends(0, "eof", "")
		}
		x.sent = append(x.sent, a)
	}
	e := x.evidence()
	e.Stages[0].Attempts[1].Index, e.Stages[0].Attempts[1].Number, e.Stages[0].Attempts[1].WaitMS = 0, 2, 4.96
	e.Stages[0].Operations = e.Stages[0].Operations[:1]
	e.Stages[0].Operations[0].Attempts = 2
	e.Stages[0].Operations[0].Key, e.Stages[0].Attempts[0].Key = keys[0], keys[0]
	e.After.Ledger = []purchase.Entry{entry(keys[0], purchase.Charge, 10), entry(keys[1], purchase.Charge, 10)}
	e.After.Orders = []purchase.Order{order(keys[0], 1, purchase.Confirmed, "rcf"), order(keys[1], 1, purchase.Confirmed, "rcf")}
	return Judge(e, Options{})
}

// TestCounterexampleForAPerson: rows and lines have the ends of ids, JSON has them
// whole.
func TestCounterexampleForAPerson(t *testing.T) {
	r := paidTwice()
	v := r.Verdict("C3")
	if v.Answer != Violated || v.First == nil {
		t.Fatalf("C3 %s, want it violated\n%s", v.Answer, r)
	}
	want := [][]string{
		{"s", "user 1 buys 1 × product 1", "0.0", "1", "0", "…e48c9b5b", "no answer (eof)", "5.0", "0.0", "–"},
		{"s", "user 1 buys 1 × product 1", "10.0", "2", "0", "…5599630c", "HTTP 201", "5.0", "5.0", "…5599630c"},
	}
	rows := v.First.AttemptRows()
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("rows\n%q\nwant\n%q", rows, want)
	}
	if len(AttemptHeader()) != len(want[0]) {
		t.Errorf("header %q, want %d columns", AttemptHeader(), len(want[0]))
	}
	lines := strings.Join(v.First.StateLines(), "\n")
	if !strings.Contains(lines, "key …e48c9b5b") || strings.Contains(lines, "01a21864") {
		t.Errorf("lines of the state %s\nwant the ends of keys and of orders", lines)
	}
	text, err := r.JSON()
	if err != nil || !strings.Contains(string(text), "01a21864-8375-7460-bc56-8e74e48c9b5b") || strings.Contains(string(text), "…") {
		t.Errorf("JSON (%v) has shortened ids:\n%s", err, text)
	}
	if strings.Contains(string(text), `"Reason"`) || strings.Contains(string(text), `"Sent"`) {
		t.Error("JSON has fields that are for figures only")
	}
	for _, row := range r.Rows() {
		if strings.Contains(row[3], "01a21864") {
			t.Errorf("row %q has a whole key", row)
		}
	}
}

func TestCounterexamplesAreAboutDifferentPurchases(t *testing.T) {
	about := func(operation int64, says string) *Counterexample {
		return &Counterexample{Says: says, Attempts: []AttemptLine{{Stage: "s", Operation: operation}}}
	}
	other := about(1, "a")
	other.Attempts[0].Stage = "other"
	for _, tt := range []struct {
		name    string
		verdict Verdict
		want    string
	}{
		{"all the same purchase", Verdict{First: about(1, "a"), Worst: about(1, "b"), Last: about(1, "c")}, "first"},
		{"the worst is another", Verdict{First: about(1, "a"), Worst: about(2, "b"), Last: about(1, "c")}, "first worst"},
		{"the worst is the last", Verdict{First: about(1, "a"), Worst: about(2, "b"), Last: about(2, "c")}, "first worst"},
		{"of two stages", Verdict{First: about(1, "a"), Worst: other, Last: about(3, "c")}, "first worst last"},
		{"of keys", Verdict{First: &Counterexample{Key: "a"}, Worst: &Counterexample{Key: "b"}, Last: &Counterexample{Key: "a"}}, "first worst"},
		{"of neither", Verdict{First: &Counterexample{Says: "user 1"}, Worst: &Counterexample{Says: "user 2"}, Last: &Counterexample{Says: "user 2"}}, "first worst"},
		{"none", Verdict{}, ""},
	} {
		var names []string
		for _, c := range tt.verdict.Counterexamples() {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestEndsTellIdsApart(t *testing.T) {
	c := Counterexample{
		Says: "order purchase-0001-of-shop was lost, short was not", OrderID: "purchase-0001-of-shop",
		Attempts: []AttemptLine{{Key: "purchase-0002-of-shop"}, {Key: "short", OrderID: "重い重い重い重い重い重い重い重い重い重い"}},
	}
	rows := c.AttemptRows()
	for i, want := range []string{"…ase-0002-of-shop", "short"} {
		if rows[i][5] != want {
			t.Errorf("key %d is %q, want %q", i, rows[i][5], want)
		}
	}
	if got, want := rows[1][9], "…重い重い重い重い重い重い重い重い"; got != want {
		t.Errorf("an order's id of 20 letters is %q, want %q", got, want)
	}
	if got, want := c.Brief(), "order …ase-0001-of-shop was lost, short was not"; got != want {
		t.Errorf("in brief %q, want %q", got, want)
	}
}

// FuzzEnds: however ids look, those that differ are shown differently.
func FuzzEnds(f *testing.F) {
	f.Add("01a21864-8375-7460-bc56-8e74e48c9b5b", "01a21864-8375-7460-bc56-8e74e48c9b5c", "…8e74e48c9b5b")
	f.Add("", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "a")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		x := Counterexample{Says: a, Key: b, Attempts: []AttemptLine{{Key: a, OrderID: c}, {Key: b}}, State: []string{a + b}}
		shown := map[string]string{}
		e := x.ends()
		for _, id := range []string{a, b, c} {
			if other, ok := shown[e.of(id)]; ok && !strings.HasSuffix(other, id) && !strings.HasSuffix(id, other) {
				t.Errorf("%q and %q are both shown as %q", id, other, e.of(id))
			}
			shown[e.of(id)] = id
		}
		if _, err := json.Marshal(x); err != nil {
			t.Error(err)
		}
		x.AttemptRows()
		x.StateLines()
	})
}
