package audit

import "fmt"

// Answer is what is known of a rule.
type Answer string

// The answers. Violated goes before Unknown: what was seen is a fact, whatever
// else could not be judged.
const (
	Holds        Answer = "holds"
	Violated     Answer = "violated"
	Unknown      Answer = "unknown"
	NotExercised Answer = "not exercised" // its precondition, or a planned fault that it rests on, never happened
)

// Verdict is what the audit says of one rule.
type Verdict struct {
	Rule   string `json:"rule"`
	Title  string `json:"title"`
	Answer Answer `json:"answer"`
	// Judged is how many things of the kind What the rule looked at, Count how many
	// of them violate it.
	Judged int    `json:"judged"`
	What   string `json:"what"`
	Count  int    `json:"count"`
	// Reason says why the answer is Unknown or NotExercised, and what limits a
	// Violated or a Holds; "" otherwise.
	Reason string `json:"reason,omitempty"`
	// Beyond is true when the answer is Unknown because the service offers nothing that
	// the rule could be judged by.
	Beyond bool `json:"beyond,omitempty"`
	// NotRequired is true when the rule need not be answered (Report.Require): an Unknown
	// then does not count for Report.ExitCode.
	NotRequired bool `json:"not_required,omitempty"`
	// CauseRank counts the violated verdicts of a report from 1, the probable cause, in the
	// order in which they are shown; 0 in other verdicts.
	CauseRank int `json:"cause_rank,omitempty"`
	// First, Worst and Last are set when the rule is violated; they may be the same.
	First *Counterexample `json:"first,omitempty"`
	Worst *Counterexample `json:"worst,omitempty"`
	Last  *Counterexample `json:"last,omitempty"`
}

// IsOpen reports whether the rule has to be answered and is not.
func (v Verdict) IsOpen() bool { return v.Answer == Unknown && !v.NotRequired }

// Evidence says in a sentence what the verdict rests on. Of a rule that is unknown and
// need not be answered it says so first.
func (v Verdict) Evidence() string {
	switch {
	case v.Answer == Unknown && v.NotRequired:
		return "not required; " + v.Reason
	case v.Answer == Violated && v.First != nil:
		return fmt.Sprintf("%d of %d %s. First: %s", v.Count, v.Judged, v.What, v.First.summary())
	case v.Answer == Holds && v.Reason != "":
		return fmt.Sprintf("%d %s; %s", v.Judged, v.What, v.Reason)
	case v.Answer == Holds:
		return fmt.Sprintf("%d %s", v.Judged, v.What)
	}
	return v.Reason
}

// orNone returns s, or "(none)" when it is empty.
func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
