package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"sagalab/pkg/internal/audit/history"
)

// Tier says how much the service let the audit see.
type Tier string

// The tiers.
const (
	History Tier = "history" // the recorded answers alone
	Reads   Tier = "state"   // and what the reading calls show
	Traces  Tier = "trace"   // and the steps of the orders
)

// Report is the outcome of an audit.
type Report struct {
	Tier Tier `json:"tier"`
	// Stages names the stages and cases that were judged, each once.
	Stages []string `json:"stages,omitempty"`
	// Attempts, Keys and Purchases count the history, Orders the state.
	Attempts  int `json:"attempts"`
	Keys      int `json:"keys"`
	Purchases int `json:"purchases"`
	Orders    int `json:"orders"`
	// Keyless counts those among Purchases that were sent without a key, each attempt as a
	// purchase of its own. In reports from before it was recorded it is 0, and Keys counts
	// them, too.
	Keyless int    `json:"keyless,omitempty"`
	Seed    string `json:"seed,omitempty"`
	// Notes are sentences on what limits the audit as a whole.
	Notes []string `json:"notes,omitempty"`
	// Verdicts has one verdict for each rule, in the order of the rules; Shown has them in
	// the order for a person.
	Verdicts []Verdict `json:"verdicts"`
}

// Verdict returns the verdict of one rule, the zero Verdict when there is no such
// rule.
func (r Report) Verdict(rule string) Verdict {
	for _, v := range r.Verdicts {
		if v.Rule == rule {
			return v
		}
	}
	return Verdict{}
}

// The exit codes of a command that audits.
const (
	ExitHolds    = 0
	ExitViolated = 1
	ExitUnknown  = 2
)

// ExitCode returns ExitViolated when a rule is violated, required or not, else
// ExitUnknown when a required one is unknown, whatever the reason, else ExitHolds. A
// rule that was not exercised counts as answered. So the code does not get worse when
// more is known, a violation apart, nor better when more rules are required.
func (r Report) ExitCode() int {
	code := ExitHolds
	for _, v := range r.Verdicts {
		switch {
		case v.Answer == Violated:
			return ExitViolated
		case v.IsOpen():
			code = ExitUnknown
		}
	}
	return code
}

// Header returns the names of the columns of Rows.
func Header() []string { return []string{"rule", "says", "verdict", "evidence"} }

// Rows returns the report as a table, one row a rule, in the order of Shown. Keys and
// orders are shortened to ends that tell them apart.
func (r Report) Rows() [][]string {
	rows := make([][]string, len(r.Verdicts))
	for i, v := range r.Shown() {
		rows[i] = v.row()
	}
	return rows
}

// row returns the verdict as a row under Header.
func (v Verdict) row() []string {
	evidence := v.Evidence()
	if v.First != nil {
		evidence = v.First.ends().in(evidence)
	}
	return []string{v.Rule, v.Title, string(v.Answer), evidence}
}

// Summary returns the report in one line, with the Explanation of what is violated.
func (r Report) Summary() string {
	count := map[Answer]int{}
	for _, v := range r.Verdicts {
		count[v.Answer]++
	}
	keys := history.Counted(r.Keys, "key", "keys")
	if r.Keyless > 0 {
		keys += ", " + history.Counted(r.Keyless, "purchase without a key", "purchases without a key")
	}
	text := fmt.Sprintf("%s, %d violated, %d unknown, %d not exercised (judged by %s: %s under %s, %s)",
		history.Counted(count[Holds], "rule holds", "rules hold"), count[Violated], count[Unknown], count[NotExercised], r.Tier.Words(),
		history.Counted(r.Attempts, "attempt", "attempts"), keys, history.Counted(r.Orders, "order", "orders"))
	if why := r.Explanation(); why != "" {
		text += "; " + why
	}
	return text
}

// Words says what the audit judged by.
func (t Tier) Words() string {
	switch t {
	case Reads:
		return "history and state"
	case Traces:
		return "history, state and step traces"
	}
	return "the history alone"
}

// ViolatedMark stands before a violated rule where neither colour nor bold letters are
// shown.
const ViolatedMark = "✗"

// String returns the report as text: the summary, the table in the order of Shown, and
// below it the counterexamples of what is violated.
func (r Report) String() string {
	var b strings.Builder
	b.WriteString(r.Summary() + "\n")
	for _, note := range r.Notes {
		b.WriteString("note: " + note + "\n")
	}
	if r.Seed != "" {
		b.WriteString("reproduce with seed " + r.Seed + "\n")
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, v := range r.Shown() {
		mark, evidence := " ", v.Evidence()
		if v.Answer == Violated {
			mark, evidence = ViolatedMark, fmt.Sprintf("%d of %d %s, shown below", v.Count, v.Judged, v.What)
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", mark, v.Rule, v.Answer, v.Title, evidence)
	}
	w.Flush()
	for _, v := range r.Violated() {
		b.WriteString(v.Details())
	}
	return b.String()
}

// Details returns a violated rule's counterexamples as text, each once; "" when it
// is not violated.
func (v Verdict) Details() string {
	if v.Answer != Violated {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s violated: %s\n", v.Rule, v.Title)
	for _, c := range v.Counterexamples() {
		fmt.Fprintf(&b, "  %s: %s\n", c.Name, c)
	}
	return b.String()
}

// JSON returns the report as indented JSON. Its fields do not change: reports are
// kept beside runs.
func (r Report) JSON() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }
