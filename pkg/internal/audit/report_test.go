package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

func TestReportAsTable(t *testing.T) {
	x := calmTale()
	x.stock = 2
	r := Judge(x.evidence(), Options{})
	rows := r.Rows()
	if len(rows) != len(rules) || len(rows[0]) != len(Header()) {
		t.Fatalf("%d rows of %d cells, want %d of %d", len(rows), len(rows[0]), len(rules), len(Header()))
	}
	i := slices.IndexFunc(rows, func(row []string) bool { return row[0] == "C1" })
	want := []string{"C1", "final stock is what was not sold, and nothing stays reserved", "violated",
		"1 of 1 product. First: product 1 has 1 piece fewer than its confirmed orders leave: 5 at first − 2 in 1 confirmed order = 3, but the state says stock 2 and reserved 0"}
	if !slices.Equal(rows[i], want) {
		t.Errorf("row of C1:\n%q\nwant\n%q", rows[i], want)
	}
	if v := r.Verdict("X9"); v.Rule != "" {
		t.Errorf("Verdict of no rule = %+v, want the zero Verdict", v)
	}
	one := Report{Verdicts: []Verdict{{Rule: "K1", Answer: Holds}}}
	if s := one.Summary(); !strings.HasPrefix(s, "1 rule holds, 0 violated, ") {
		t.Errorf("summary %q, want that 1 rule holds", s)
	}
	if s := r.Summary(); !strings.Contains(s, "1 violated") {
		t.Errorf("summary %q, want it to count what is violated", s)
	}
}

func TestOptions(t *testing.T) {
	x := calmTale()
	x.orders[0].Status = purchase.Pending
	x.after = 2 * time.Second
	if v := Judge(x.evidence(), Options{Settle: time.Second}).Verdict("C5"); v.Answer != Violated {
		t.Errorf("pending for 2 s where 1 s is allowed: C5 %s, want it violated", v.Answer)
	}
	x = calmTale()
	x.orders[0] = order("a", 2, purchase.Confirmed, "crf")
	o := Options{Steps: []string{purchase.ChargePayment, purchase.ReserveStock, purchase.ConfirmOrder}}
	if v := Judge(x.evidence(), o).Verdict("T1"); v.Answer != Holds {
		t.Errorf("a saga that charges first: T1 %s, want it to hold: %s", v.Answer, v.Evidence())
	}
}

// A page that is read while orders are made may repeat some; the last reading
// counts, and none twice.
func TestRepeatedRowsCountOnce(t *testing.T) {
	x := calmTale()
	early := order("a", 2, purchase.Pending, "r")
	x.orders = []purchase.Order{early, x.orders[0], x.orders[0]}
	if r := Judge(x.evidence(), Options{}); r.ExitCode() != ExitHolds {
		t.Errorf("exit code %d, want %d\n%s", r.ExitCode(), ExitHolds, r)
	}
}

// One key with many payloads is work for a map, not for a loop.
func TestKeyOfManyPayloads(t *testing.T) {
	x := tale{stock: 5, balance: 100, after: time.Minute}
	for i := range int64(100) {
		x.sent = append(x.sent, buys("a", i+1, 0, 5).ends(0, "timeout", ""))
	}
	x.orders = []purchase.Order{order("a", 3, purchase.Cancelled, "")}
	if v := Judge(x.evidence(), Options{}).Verdict("C4"); v.Answer != Holds {
		t.Errorf("an order for one of a key's hundred payloads: C4 %s, want it to hold: %s", v.Answer, v.Evidence())
	}
	x.orders[0].Quantity = 101
	if v := Judge(x.evidence(), Options{}).Verdict("C4"); v.Answer != Violated {
		t.Errorf("an order for none of a key's hundred payloads: C4 %s, want it violated", v.Answer)
	}
}

// TestNotes says what was not put to the test, and what counterexamples do not tell
// apart.
func TestNotes(t *testing.T) {
	const untested, twice = "no key was sent more than once", "stage s was executed 2 times"
	calm := calmTale().evidence()
	retried := tale{sent: []sent{buys("a", 1, 0, 5).ends(0, "eof", ""), buys("a", 1, 10, 5)}, alone: true}.evidence()
	asked, refused := calmTale().evidence(), calmTale().evidence()
	asked.AskedAgain = []Repeat{again("a", 2, 90, 200, "", "o-a")}
	refused.AskedAgain = []Repeat{again("a", 2, 90, 0, "connection_refused", "")}
	refused.AskedAgain[0].Attempt.Meaning = purchase.MeansNotSent.String()
	again := calm
	again.Stages = append(slices.Clone(again.Stages), again.Stages[0])
	missedPlan := calmTale().evidence()
	missedPlan.Stages[0].FaultWindows = []runs.FaultWindow{missed("drop_reply")}
	duplicated := calmTale().evidence()
	duplicated.Stages[0].FaultWindows = []runs.FaultWindow{{Fault: "duplicate", Probability: 1, Met: 1, Taken: 1}}
	bare := calmTale().evidence()
	bare.Stages[0].Attempts = nil
	for _, tt := range []struct {
		name            string
		e               Evidence
		untested, twice bool
	}{
		{"calm", calm, true, false},
		{"a retry", retried, false, false},
		{"two executions", again, false, true},
		{"the plan of faults says so", missedPlan, false, false},
		{"delivered twice", duplicated, false, false},
		{"asked again", asked, false, false},
		{"asked again in vain", refused, true, false},
		{"recorded without attempts", bare, false, false},
		{"nothing", Evidence{}, false, false},
	} {
		notes := strings.Join(Judge(tt.e, Options{}).Notes, "\n")
		if strings.Contains(notes, untested) != tt.untested || strings.Contains(notes, twice) != tt.twice {
			t.Errorf("%s: notes %q, want that retries were not tested: %t, and of two executions: %t", tt.name, notes, tt.untested, tt.twice)
		}
	}
}

// TestKeylessPurchasesAreNoKeys: the summary and K4 count keys, and what was sent without
// one apart from them.
func TestKeylessPurchasesAreNoKeys(t *testing.T) {
	without := func(at float64, id string) sent {
		s := buys("", 1, at, 5)
		s.answer = id
		return s
	}
	keys := []sent{buys("a", 1, 0, 5), buys("b", 1, 10, 5)}
	for _, tt := range []struct {
		name string
		sent []sent
		says string
		want Answer
		k4   int
	}{
		{"keys alone", keys, "(judged by the history alone: 2 attempts under 2 keys, 0 orders)", Holds, 2},
		{"none", []sent{without(0, "o-1"), without(10, "o-2")}, "2 attempts under 0 keys, 2 purchases without a key, 0 orders)", NotExercised, 0},
		{"both", append(slices.Clone(keys), without(20, "o-1")), "3 attempts under 2 keys, 1 purchase without a key, 0 orders)", Holds, 2},
		{"one order for two", []sent{without(0, "o-1"), without(10, "o-1")}, "2 purchases without a key", Violated, 1},
	} {
		r := Judge(tale{sent: tt.sent, alone: true}.evidence(), Options{})
		if v := r.Verdict("K4"); !strings.Contains(r.Summary(), tt.says) || v.Answer != tt.want || v.Judged != tt.k4 {
			t.Errorf("%s: %q, K4 %s of %d; want %q, %s of %d", tt.name, r.Summary(), v.Answer, v.Judged, tt.says, tt.want, tt.k4)
		}
	}
}

// TestDamagedSamples: rules about what was read during the load do not hold, and are not
// "not exercised" either, when a part of it cannot be read.
func TestDamagedSamples(t *testing.T) {
	x := calmTale()
	const why = "what was read of the service during stage s is not judged"
	e := x.evidence()
	e.SamplesDamaged = why
	negative := x.evidence()
	negative.SamplesDamaged = why
	negative.Samples = []Sample{{Products: []purchase.Product{{ProductID: 1, Stock: -1}}}}
	for _, rule := range []string{"C6", "C7"} {
		if v := Judge(e, Options{}).Verdict(rule); v.Answer != Unknown || v.Reason != why {
			t.Errorf("%s: %s, %q; want unknown, %q", rule, v.Answer, v.Reason, why)
		}
	}
	if v := Judge(e, Options{}).Verdict("C8"); v.Answer != Holds || v.Reason != why {
		t.Errorf("C8 by the list of orders: %s, %q; want that it holds with %q", v.Answer, v.Reason, why)
	}
	if v := Judge(negative, Options{}).Verdict("C6"); v.Answer != Violated {
		t.Errorf("a negative stock in the other samples: C6 %s, want it violated", v.Answer)
	}
}
