package audit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestParseRequirement(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		requires   []string // of K1, C3
	}{
		{"all", "all", []string{"K1", "C3"}}, {" ALL ", "all", []string{"K1", "C3"}}, {"none", "none", nil}, {"", "none", nil},
		{"K1", "K1", []string{"K1"}}, {" c3 , k1,K1", "C3,K1", []string{"K1", "C3"}},
	} {
		q, err := ParseRequirement(tt.text)
		if err != nil || q.String() != tt.want || q.IsAll() != (tt.want == "all") {
			t.Errorf("%q: %q, %v; want %q", tt.text, q, err, tt.want)
		}
		for _, rule := range []string{"K1", "C3"} {
			if q.Requires(rule) != slices.Contains(tt.requires, rule) {
				t.Errorf("%q requires %s: %t", tt.text, rule, q.Requires(rule))
			}
		}
		if again, err := ParseRequirement(q.String()); err != nil || again.String() != q.String() {
			t.Errorf("%q is read as %q, %v", q, again, err)
		}
	}
	for _, text := range []string{"K1,X9", "K1,,C3", "K1;C3", "all,K1", "none,K1", ","} {
		_, err := ParseRequirement(text)
		if err == nil || !strings.Contains(err.Error(), "K1, K2, K3") || !strings.Contains(err.Error(), "T4") {
			t.Errorf("%q: %v; want it refused with the list of rules", text, err)
		}
	}
}

// FuzzParseRequirement: what is read names rules only, and is read again as the same.
func FuzzParseRequirement(f *testing.F) {
	for _, text := range []string{"all", "none", "", "K1,c3", "K1, ,C3", "\xff,K1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseRequirement(text)
		if err != nil {
			return
		}
		for _, rule := range q.rules {
			if !slices.Contains(ruleIDs(), rule) {
				t.Errorf("%q requires %q, which is no rule", text, rule)
			}
		}
		if again, err := ParseRequirement(q.String()); err != nil || again.String() != q.String() {
			t.Errorf("%q is read as %q, %v", q, again, err)
		}
	})
}

// someRules draws a requirement.
func someRules(r *rand.Rand) Requirement {
	q := Requirement{listed: true}
	for _, id := range ruleIDs() {
		if r.IntN(2) == 0 {
			q.rules = append(q.rules, id)
		}
	}
	return q
}

// worse reports whether an exit code is worse than another: 1, then 2, then 0.
func worse(a, b int) bool {
	order := []int{ExitHolds, ExitUnknown, ExitViolated}
	return slices.Index(order, a) > slices.Index(order, b)
}

// TestMoreRequiredIsNeverBetter draws answers and requirements.
func TestMoreRequiredIsNeverBetter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	answers := []Answer{Holds, Holds, Unknown, NotExercised}
	codes := map[int]int{}
	for range 2000 {
		var report Report
		for _, id := range ruleIDs() {
			v := Verdict{Rule: id, Answer: answers[r.IntN(len(answers))]}
			v.Beyond = v.Answer == Unknown && r.IntN(2) == 0
			if r.IntN(100) == 0 {
				v.Answer = Violated
			}
			report.Verdicts = append(report.Verdicts, v)
		}
		less := someRules(r)
		more := Requirement{listed: true, rules: append(slices.Clone(less.rules), someRules(r).rules...)}
		few, many, all := report.Require(less), report.Require(more), report.Require(Requirement{})
		if worse(few.ExitCode(), many.ExitCode()) || worse(many.ExitCode(), all.ExitCode()) {
			t.Fatalf("requiring %s ends with %d, requiring %s with %d, all with %d", less, few.ExitCode(), more, many.ExitCode(), all.ExitCode())
		}
		for _, judged := range []Report{few, many, all} {
			if code := judged.Require(judged.Answered()).ExitCode(); code == ExitUnknown {
				t.Fatalf("requiring %s, which is answered, ends with %d", judged.Answered(), code)
			}
			codes[judged.ExitCode()]++
		}
		if none := report.Require(Requirement{listed: true}).ExitCode(); none == ExitUnknown || (none == ExitViolated) != (all.ExitCode() == ExitViolated) {
			t.Fatalf("requiring nothing ends with %d, requiring all with %d", none, all.ExitCode())
		}
	}
	if len(codes) != 3 {
		t.Errorf("codes %v, want all three", codes)
	}
}

// lessKnown returns evidence that shows less, by what is missing.
func lessKnown(e Evidence) map[string]Evidence {
	less := map[string]Evidence{}
	change := func(name string, f func(*Evidence)) {
		x := e
		if e.After != nil {
			after := *e.After
			x.After = &after
		}
		f(&x)
		less[name] = x
	}
	change("no state", func(x *Evidence) { x.After, x.Samples = nil, nil })
	change("no state, no fixture", func(x *Evidence) { x.After, x.Samples, x.Fixture = nil, nil, nil })
	change("no fixture", func(x *Evidence) { x.Fixture = nil })
	change("not sealed", func(x *Evidence) { x.Sealed = false })
	change("no samples", func(x *Evidence) { x.Samples = nil })
	change("no steps", func(x *Evidence) {
		x.After.Orders = slices.Clone(x.After.Orders)
		for i := range x.After.Orders {
			x.After.Orders[i].Steps = nil
		}
	})
	for _, call := range []Call{OrdersCall, LedgerCall, ProductsCall, UsersCall} {
		drop := func(x *Evidence) {
			switch call {
			case OrdersCall:
				x.After.Orders = nil
			case LedgerCall:
				x.After.Ledger = nil
			case ProductsCall:
				x.After.Products = nil
			case UsersCall:
				x.After.Users = nil
			}
		}
		change("no "+string(call), func(x *Evidence) { drop(x); x.After.NotOffered = []Call{call} })
		change(string(call)+" failed", func(x *Evidence) { drop(x); x.After.Failed = map[Call]string{call: "HTTP 500"} })
	}
	return less
}

// TestMoreEvidenceIsNeverWorse: a correct service that shows more never gets a worse
// exit code, whatever is required.
func TestMoreEvidenceIsNeverWorse(t *testing.T) {
	improved := 0
	for seed := range uint64(60) {
		e := simulate(randomConfig(seed)).evidence()
		r := rand.New(rand.NewPCG(seed, 3))
		whole := Judge(e, Options{})
		for name, known := range lessKnown(e) {
			less := Judge(known, Options{})
			for _, q := range []Requirement{{}, someRules(r), less.Answered()} {
				got, was := whole.Require(q).ExitCode(), less.Require(q).ExitCode()
				if worse(got, was) {
					t.Fatalf("seed %d, requiring %s: with everything the code is %d, with %s it was %d\n%s\n%s", seed, q, got, name, was, whole, less)
				}
				if worse(was, got) {
					improved++
				}
			}
		}
	}
	if improved < 500 {
		t.Errorf("%d times more evidence made the code better, want 500 or more", improved)
	}
}

// TestNotRequiredIsSaid: a rule that is unknown and not required says so wherever its
// evidence is shown, and comes after those that are required.
func TestNotRequiredIsSaid(t *testing.T) {
	e := calmTale().evidence()
	e.After = nil
	q, err := ParseRequirement("K1,C1")
	if err != nil {
		t.Fatal(err)
	}
	r := Judge(e, Options{}).Require(q)
	if v := r.Verdict("C3"); !strings.HasPrefix(v.Evidence(), "not required; ") || v.IsOpen() {
		t.Errorf("C3: %s; want it unknown and not required", v.Evidence())
	}
	if v := r.Verdict("C1"); strings.Contains(v.Evidence(), "not required") || !v.IsOpen() || r.Shown()[0].Rule != "C1" {
		t.Errorf("C1: %s, and %s is shown first; want C1 open and first", v.Evidence(), r.Shown()[0].Rule)
	}
	if got := fmt.Sprint(r.Answered()); got != "K1" || r.ExitCode() != ExitUnknown {
		t.Errorf("answered: %s, exit code %d; want K1 and %d", got, r.ExitCode(), ExitUnknown)
	}
	if judged := Judge(e, Options{}); judged.Require(q).Verdict("C3").Reason != judged.Verdict("C3").Reason || judged.Verdict("C3").NotRequired {
		t.Error("Require changed the report that it was asked of")
	}
}
