package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/printable"
	"sagalab/pkg/runs"
)

// printAudits prints a line for each audit of a run.
func printAudits(out io.Writer, r runs.Run) error {
	reports, err := observe.ReadAudits(r)
	if err != nil {
		return err
	}
	stages, width := make([]string, len(reports)), 0
	for i, report := range reports {
		stages[i] = printable.Line(strings.Join(report.Stages, ", "))
		width = max(width, utf8.RuneCountInString(stages[i]))
	}
	for i, report := range reports {
		fmt.Fprintf(out, "audit  %-*s  %s\n", width, stages[i], printable.Line(auditLine(report)))
	}
	return nil
}

// auditLine returns how many rules have which answer, and names those that are violated, the
// probable cause first: "14 rules hold, 1 violated: C1 (final stock is what was not sold, and
// nothing stays reserved), 4 unknown".
func auditLine(r audit.Report) string {
	count := map[audit.Answer]int{}
	for _, v := range r.Verdicts {
		count[v.Answer]++
	}
	hold := "rules hold"
	if count[audit.Holds] == 1 {
		hold = "rule holds"
	}
	violated := make([]string, 0, count[audit.Violated])
	for _, v := range r.Violated() {
		violated = append(violated, fmt.Sprintf("%s (%s)", v.Rule, v.Title))
	}
	text := fmt.Sprintf("%d %s, %d violated", count[audit.Holds], hold, len(violated))
	if len(violated) > 0 {
		text += ": " + strings.Join(violated, ", ")
	}
	text += fmt.Sprintf(", %d unknown", count[audit.Unknown])
	if n := count[audit.NotExercised]; n > 0 {
		text += fmt.Sprintf(", %d not exercised", n)
	}
	return text
}
