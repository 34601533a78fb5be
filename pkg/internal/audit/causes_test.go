package audit

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryRuleHasItsPlaceAmongTheCauses(t *testing.T) {
	for _, id := range ruleIDs() {
		if !slices.Contains(causes, id) {
			t.Errorf("rule %s is not in the list of causes", id)
		}
	}
	for i, id := range causes {
		if slices.Contains(causes[:i], id) {
			t.Errorf("rule %s is in the list of causes twice", id)
		}
	}
	for _, id := range totals {
		if !slices.Contains(causes, id) {
			t.Errorf("rule %s of totals is not in the list of causes", id)
		}
	}
}

// violates is a verdict about a key and what a text says.
func violates(rule, key, says string) Verdict {
	return Verdict{Rule: rule, Answer: Violated, Count: 1, Judged: 2, What: "orders", First: &Counterexample{Says: says, Key: key}}
}

func TestExplanation(t *testing.T) {
	operation := violates("C3", "", "operation 1 was bought twice")
	operation.First.Attempts = []AttemptLine{{Stage: "s", Operation: 1, Key: "b", Payload: "user 1 buys 1 × product 1"}}
	for _, tt := range []struct {
		name     string
		violated []Verdict
		want     string
	}{
		{"none", nil, ""},
		{"one", []Verdict{violates("C1", "", "")}, ""},
		{"the same key", []Verdict{violates("C3", "a", ""), violates("K1", "a", "")}, "probably first: K1; what may follow from it: C3"},
		{"other keys", []Verdict{violates("C3", "a", ""), violates("K1", "b", "")}, "violated side by side: K1, C3"},
		{"a total of the same user", []Verdict{violates("B1", "z", "user 2 spent 9"), violates("C4", "a", "the order is of user 2")}, "probably first: C4; what may follow from it: B1"},
		{"a total of another user", []Verdict{violates("B1", "z", "user 2 spent 9"), violates("C4", "a", "the order is of user 21")}, "violated side by side: C4, B1"},
		{"a total of the same product with a text for an id", []Verdict{violates("C1", "", "product e-1: 35 pieces more"), violates("S1", "b", "key b (user cus_1 buys 2 × product e-1) was confirmed")}, "probably first: C1; what may follow from it: S1"},
		{"a total of a product whose id begins so", []Verdict{violates("C1", "", "product e has 35 pieces more"), violates("S1", "b", "key b (user cus_1 buys 2 × product e-1) was confirmed")}, "violated side by side: C1, S1"},
		{"a total of another product of a scheme", []Verdict{violates("C1", "", "product shop:1 has 35 pieces more"), violates("S1", "b", "key b (user cus_1 buys 2 × product shop:2) was confirmed")}, "violated side by side: C1, S1"},
		{"orders of the same user", []Verdict{violates("C3", "b", "user 2"), violates("C4", "a", "user 2")}, "violated side by side: C4, C3"},
		{"by way of another", []Verdict{violates("K1", "b", ""), operation, violates("C1", "", "product 1 has 1 piece fewer")}, "probably first: K1; what may follow from it: C3, C1"},
		{"one that is unrelated", []Verdict{violates("K1", "b", ""), violates("C7", "x", ""), violates("T4", "b", "")}, "probably first: K1; what may follow from it: T4; beside it: C7"},
		{"an unknown rule", []Verdict{violates("Z1", "a", ""), violates("C6", "a", "")}, "probably first: C6; what may follow from it: Z1"},
	} {
		if got := (Report{Verdicts: tt.violated}).Explanation(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestViolatedComesFirst of a report with every kind of answer: in the text, in the
// rows and in the ranks that JSON has.
func TestViolatedComesFirst(t *testing.T) {
	x := calmTale()
	x.stock, x.orders[0].Amount = 2, 0
	x.ledger = append(x.ledger, x.ledger[0])
	x.ledger[1].EntryID += "again"
	r := Judge(x.evidence(), Options{})
	var names, ranked []string
	for _, v := range r.Violated() {
		names = append(names, v.Rule)
	}
	if len(names) < 2 || names[0] != "C3" || !strings.Contains(r.Summary(), "); probably first: C3; what may follow from it: C2") {
		t.Fatalf("violated: %q; %s\nwant C3 first", names, r.Summary())
	}
	for _, v := range r.Shown()[:len(names)] {
		ranked = append(ranked, v.Rule)
		if got := r.Verdict(v.Rule).CauseRank; got != len(ranked) {
			t.Errorf("%s has rank %d, want %d", v.Rule, got, len(ranked))
		}
	}
	if !slices.Equal(ranked, names) || len(r.Shown()) != len(r.Verdicts) || r.Verdict("K1").CauseRank != 0 {
		t.Errorf("shown first: %q, want %q; K1 has rank %d", ranked, names, r.Verdict("K1").CauseRank)
	}
	rows := r.Rows()
	lines := strings.Split(r.String(), "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, ViolatedMark) })
	for i, name := range names {
		if rows[i][0] != name || !strings.HasPrefix(lines[at+i], ViolatedMark+" "+name+" ") {
			t.Errorf("row %q and line %q, want %s violated", rows[i], lines[at+i], name)
		}
	}
	if strings.Count(r.String(), ViolatedMark) != len(names) {
		t.Errorf("%s\nwant a mark before each violated rule and no other", r)
	}
}
