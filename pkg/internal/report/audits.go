package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sagalab/pkg/internal/audit"
)

// newRules returns the empty table of rules that are violated or could not be judged. On
// a narrow screen the evidence is seen without scrolling; the stages may be many.
func newRules() Table {
	return Table{Title: "Rules that do not hold", Columns: []string{"rule", "verdict", "evidence", serviceColumn, "stages"}}
}

// newAudits returns the empty table of the results of audits.
func newAudits() Table {
	return Table{Title: "Audits", Columns: []string{"stages", serviceColumn, "rules that hold", "violated", "unknown", "not exercised", "judged by", "attempts", "orders"}}
}

// addAudit adds a row for the audit, and one for each rule that it found violated, the
// probable cause first, or that it had to judge and could not. Audits that say the same of
// a rule share a row; of violated ones, those of one service.
func (b *builder) addAudit(r audit.Report) {
	stages, service := strings.Join(r.Stages, ", "), strings.Join(b.current.servicesOf(r), ", ")
	named := b.services.named(r.Stages, service)
	names := map[audit.Answer][]string{}
	for _, v := range r.Shown() {
		name := v.Rule
		if v.Answer == audit.Unknown && v.NotRequired {
			name += " (not required)"
		}
		names[v.Answer] = append(names[v.Answer], name)
		if mark := markOf(v); mark != "" {
			lists := 1 // the stages
			if mark == markWarn {
				lists = 2 // and the services, as what these do not show is said alike of all
			}
			b.rules.join(mark, lists, markedName(v), string(v.Answer), v.Title+": "+v.Evidence(), service, stages)
		}
	}
	listed := func(a audit.Answer) string { return strings.Join(names[a], " ") }
	b.audits.add("", stages, service, strconv.Itoa(len(names[audit.Holds])), listed(audit.Violated), listed(audit.Unknown), listed(audit.NotExercised),
		r.Tier.Words(), strconv.Itoa(r.Attempts), strconv.Itoa(r.Orders))
	for _, n := range r.Notes {
		b.note(fmt.Sprintf("audit of %s: %s", named, n))
	}
	b.judgeAudit(named, r)
}

// markedName returns the name of a rule, with a mark when it is violated, which is seen
// without colours.
func markedName(v audit.Verdict) string {
	if v.Answer == audit.Violated {
		return audit.ViolatedMark + "\u00a0" + v.Rule // on one line
	}
	return v.Rule
}

// markOf returns the mark of a verdict that counts for the report's, "" for any other.
// A rule that is unknown and need not be answered does not count.
func markOf(v audit.Verdict) string {
	switch {
	case v.Answer == audit.Violated:
		return markBad
	case v.IsOpen():
		return markWarn
	}
	return ""
}

// judgeAudit adds the result of the audit of stages to the report's verdict.
func (b *builder) judgeAudit(stages string, r audit.Report) {
	var violated, unknown []string
	for _, v := range r.Shown() {
		switch markOf(v) {
		case markBad:
			violated = append(violated, fmt.Sprintf("%s (%s)", v.Rule, v.Title))
		case markWarn:
			unknown = append(unknown, v.Rule)
		}
	}
	switch {
	case len(violated) > 0:
		says := fmt.Sprintf("the audit of %s finds %s violated", stages, strings.Join(violated, ", "))
		if why := r.Explanation(); why != "" {
			says += " (" + why + ")"
		}
		b.failed = append(b.failed, says)
	case len(unknown) > 0:
		b.addUnclear(strings.Join(unknown, ", ")+" in the audit of ", stages)
	default:
		b.judged = append(b.judged, "the rules in the audit of "+stages)
	}
}

// addUnclear adds rules that an audit of stages could not judge, or the stages to those of
// another audit that could not judge the same ones.
func (b *builder) addUnclear(rules, stages string) {
	at := slices.IndexFunc(b.unclear, func(s string) bool { return strings.HasPrefix(s, rules) })
	if at < 0 {
		b.unclear = append(b.unclear, rules+stages)
		return
	}
	b.unclear[at] += ", " + stages
}
