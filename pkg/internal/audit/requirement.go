package audit

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit/history"
)

// Requirement says which rules have to be answered. The zero value requires all.
type Requirement struct {
	listed bool // rules are those that are required, else all are
	rules  []string
}

// The words of a requirement that are not rules.
const (
	requireAll  = "all"
	requireNone = "none"
)

// ParseRequirement reads the ids of rules, separated by commas and in letters of any
// case: "K1,C3". "all" requires every rule; "none" and an empty list require none,
// so that only a violation counts. Its error names what is no rule, and lists the
// rules.
func ParseRequirement(list string) (Requirement, error) {
	q := Requirement{listed: true}
	switch strings.ToLower(strings.TrimSpace(list)) {
	case requireAll:
		return Requirement{}, nil
	case requireNone, "":
		return q, nil
	}
	var wrong []string
	for _, word := range strings.Split(list, ",") {
		id := strings.ToUpper(strings.TrimSpace(word))
		switch {
		case !slices.Contains(ruleIDs(), id):
			wrong = append(wrong, fmt.Sprintf("%q", word))
		case !slices.Contains(q.rules, id):
			q.rules = append(q.rules, id)
		}
	}
	if len(wrong) > 0 {
		return Requirement{}, fmt.Errorf("%s is no rule; the rules are %s, and instead of a list of them %s or %s may be given",
			strings.Join(wrong, ", "), strings.Join(ruleIDs(), ", "), requireAll, requireNone)
	}
	return q, nil
}

// ruleIDs lists the ids of all rules, in the order of the report.
func ruleIDs() []string {
	ids := make([]string, len(rules))
	for i := range rules {
		ids[i] = rules[i].id
	}
	return ids
}

// Requires reports whether a rule has to be answered.
func (q Requirement) Requires(rule string) bool { return !q.listed || slices.Contains(q.rules, rule) }

// IsAll reports whether every rule has to be answered.
func (q Requirement) IsAll() bool { return !q.listed }

// String returns the requirement as ParseRequirement reads it.
func (q Requirement) String() string {
	switch {
	case !q.listed:
		return requireAll
	case len(q.rules) == 0:
		return requireNone
	}
	return strings.Join(q.rules, ",")
}

// Require returns the report with the verdicts marked that q does not require
// (Verdict.NotRequired). It changes nothing in r.
func (r Report) Require(q Requirement) Report {
	r.Verdicts = slices.Clone(r.Verdicts)
	for i := range r.Verdicts {
		r.Verdicts[i].NotRequired = !q.Requires(r.Verdicts[i].Rule)
	}
	return r
}

// DecidedAlone returns the ids of the rules that are required and unknown because others
// may have used the service; Evidence.Sealed would decide them. nil without any.
func (r Report) DecidedAlone() (ids []string) {
	for _, v := range r.Verdicts {
		if v.IsOpen() && strings.Contains(v.Reason, history.SealingFlag) {
			ids = append(ids, v.Rule)
		}
	}
	return ids
}

// Answered returns the requirement of the rules that are required and not unknown:
// with it ExitCode is not ExitUnknown.
func (r Report) Answered() Requirement {
	q := Requirement{listed: true}
	for _, v := range r.Verdicts {
		if !v.NotRequired && v.Answer != Unknown {
			q.rules = append(q.rules, v.Rule)
		}
	}
	return q
}
