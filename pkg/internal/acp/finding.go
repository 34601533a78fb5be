package acp

import (
	"cmp"
	"slices"
)

// Verdict is what Check says of one finding.
type Verdict string

// The verdicts.
const (
	// Holds: what came is what the clause says.
	Holds Verdict = "holds"
	// Broken: what came contradicts a MUST.
	Broken Verdict = "BROKEN"
	// Missed: a SHOULD that the merchant does not do, which is no fault.
	Missed Verdict = "not done"
	// NotChecked: what the clause is about did not happen, or cannot be made to.
	NotChecked Verdict = "not checked"
)

// Finding is one line of a Report.
type Finding struct {
	// Name is unique in a report, such as "key required: create".
	Name    string  `json:"name"`
	Clause  Clause  `json:"clause"`
	Sent    string  `json:"sent"`
	Came    string  `json:"came"`
	Verdict Verdict `json:"verdict"`
	// Why is what contradicts the clause, or why it was not checked; else "".
	Why string `json:"why,omitempty"`
	// Free is true where NotChecked does not count as missing: a SHOULD, and what no client can
	// find out.
	Free bool `json:"free,omitempty"`
}

// Report is what Check found.
type Report struct {
	Findings []Finding `json:"findings"`
}

// Count returns how many findings have a verdict.
func (r *Report) Count(v Verdict) (n int) {
	for _, f := range r.Findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// Unchecked returns the findings that were not checked although they could be.
func (r *Report) Unchecked() (list []Finding) {
	for _, f := range r.Findings {
		if f.Verdict == NotChecked && !f.Free {
			list = append(list, f)
		}
	}
	return list
}

// sort orders the findings by their clauses.
func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(clauses, a.Clause), slices.Index(clauses, b.Clause))
	})
}

// add adds a finding.
func (r *Report) add(f Finding) { r.Findings = append(r.Findings, f) }

// judged returns the finding with a verdict: that it holds without a reason why not.
func (f Finding) judged(broken string) Finding {
	if f.Verdict = Holds; broken != "" {
		f.Verdict, f.Why = Broken, broken
	}
	return f
}

// unchecked returns the finding as one that was not checked.
func (f Finding) unchecked(why string) Finding {
	f.Verdict, f.Why = NotChecked, why
	return f
}
