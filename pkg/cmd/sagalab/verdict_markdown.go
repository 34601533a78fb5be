package main

import (
	"fmt"
	"io"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/runs"
)

// Bounds of a summary: rows of a table, violated rules in full, and bytes. GitHub refuses more than 1 MiB of a step.
const (
	rowsMax         = 100
	violatedMax     = 20
	summaryBytesMax = 256 << 10
)

// writeMarkdown writes the verdict as Markdown: the stages with their warnings, the thresholds or gates, and what the audit
// found. Rules that hold are counted only.
func (v *verdict) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n\n", escaped(v.title()), escaped(v.subject))
	if v.run.ID != "" {
		fmt.Fprintf(&b, "%s, %s, %s\n\n", escaped(v.began().Format(runs.TimeLayout)), escaped(v.run.Provenance.Machine()), escaped(v.run.Provenance.Program()))
	}
	if v.reason != "" {
		fmt.Fprintf(&b, "**%s**\n\n", escaped(v.reason))
	}
	v.stageTable(&b)
	v.findingTable(&b, thresholdSuite, "threshold")
	v.findingTable(&b, gateSuite, "gate")
	v.auditText(&b)
	_, err := io.WriteString(w, bounded(b.String(), summaryBytesMax))
	return err
}

func (v *verdict) stageTable(b *strings.Builder) {
	defer v.unfinishedStages(b)
	if len(v.stages) == 0 {
		return
	}
	b.WriteString("| stage | requests | success | failure | unknown | retries | req/s | p50 ms | p95 ms | p99 ms | max ms | beware |\n" +
		"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for i, s := range v.stages {
		if i == rowsMax {
			fmt.Fprintf(b, "\n%d more stages.\n", len(v.stages)-rowsMax)
			break
		}
		sum := s.Summary
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %s | %s | %s | %s | %s | %s |\n", escaped(s.Stage), sum.Requests, sum.Success,
			sum.Failure, sum.Unknown, sum.Retries, sum.RequestsPerSecond.digits(), sum.between(sum.P50Low, sum.P50), sum.between(sum.P95Low, sum.P95), sum.between(sum.P99Low, sum.P99), sum.between(sum.MaximumLow, sum.Maximum), escaped(strings.Join(s.beware(), "; ")))
	}
	b.WriteString("\n")
}

// unfinishedStages lists the stages that did not run to their end.
func (v *verdict) unfinishedStages(b *strings.Builder) {
	rows := 0
	for _, f := range v.findings {
		if f.suite == stageSuite && f.result != passed && rows < rowsMax {
			fmt.Fprintf(b, "- %s %s: %s\n", marks[f.result], escaped(f.name), escaped(f.says))
			rows++
		}
	}
	if rows > 0 {
		b.WriteString("\n")
	}
}

// beware returns the warnings of a stage, what its steps left behind, and the most frequent
// reasons of its failures.
func (s shownStage) beware() []string {
	const most = 3
	list := s.Warnings
	for _, text := range []string{s.sum.LeftBehind(), s.sum.AcceptedOnly(), s.sum.Accepted()} {
		if text != "" {
			list = append(list[:len(list):len(list)], text)
		}
	}
	for i, f := range s.Failures {
		if i == most {
			break
		}
		list = append(list[:len(list):len(list)], fmt.Sprintf("%d × %s", f.Count, orElse(f.Name, "no reason")))
	}
	return list
}

// marks are the texts of the results.
var marks = map[result]string{passed: "✅ good", failed: "❌ **bad**", undecided: "❔ **unclear**", skipped: "not judged"}

// findingTable writes the findings of a suite as a table, the failed ones first.
func (v *verdict) findingTable(b *strings.Builder, suite, heading string) {
	rows := 0
	for _, wanted := range []result{failed, undecided, skipped, passed} {
		for _, f := range v.findings {
			if f.suite != suite || f.result != wanted {
				continue
			}
			if rows == 0 {
				fmt.Fprintf(b, "| %s | verdict | found |\n|---|---|---|\n", heading)
			}
			if rows++; rows <= rowsMax {
				fmt.Fprintf(b, "| %s | %s | %s |\n", escaped(f.name), marks[f.result], escaped(f.says))
			}
		}
	}
	if rows > rowsMax {
		fmt.Fprintf(b, "\n%d more.\n", rows-rowsMax)
	}
	if rows > 0 {
		b.WriteString("\n")
	}
}

// auditText writes the audit's counts and notes, the violated rules, and those that are unknown.
func (v *verdict) auditText(b *strings.Builder) {
	if v.audit == nil {
		return
	}
	fmt.Fprintf(b, "**Audit:** %s\n\n", escaped(v.audit.Summary()))
	for _, note := range v.audit.Notes[:min(rowsMax, len(v.audit.Notes))] {
		fmt.Fprintf(b, "- note: %s\n", escaped(note))
	}
	v.violatedRules(b)
	for _, f := range v.findings {
		switch {
		case f.suite == ruleSuite && f.result == undecided:
			fmt.Fprintf(b, "- ❔ **unknown:** %s: %s\n", escaped(f.name), escaped(f.says))
		case f.notRequired:
			fmt.Fprintf(b, "- unknown: %s: %s\n", escaped(f.name), escaped(f.says))
		}
	}
	if q := v.audit.Answered(); v.audit.ExitCode() == audit.ExitUnknown {
		fmt.Fprintf(b, "\nFor exit code 0 of the audit: `--require %s`\n", q)
	}
	b.WriteString("\n")
}

// violatedRules writes every violated rule with its counterexamples.
func (v *verdict) violatedRules(b *strings.Builder) {
	violated := 0
	for _, f := range v.findings {
		if f.suite != ruleSuite || f.result != failed {
			continue
		}
		if violated++; violated > violatedMax {
			continue
		}
		_, evidence, _ := strings.Cut(strings.TrimSpace(f.details), "\n") // below the rule's name
		fmt.Fprintf(b, "\n❌ **violated: %s**\n\n%s", escaped(f.name), fenced(bounded(evidence, detailsBytesMax)))
	}
	if violated > 0 {
		b.WriteString("\n")
	}
}

// escapes escapes a text for a cell of a Markdown table.
var escapes = strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "~", "\\~", "[", "\\[", "]", "\\]",
	"<", "\\<", ">", "\\>", "&", "\\&", "#", "\\#", "$", "\\$", "\r", "", "\n", "<br>", "@", "&#64;") // a backslash would not undo a mention

// escaped returns at most lineBytesMax bytes of s, escaped.
func escaped(s string) string { return escapes.Replace(bounded(s, lineBytesMax)) }

// fenced returns a text as a block of code, with a fence that is longer than any in the text.
func fenced(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "\n" + s + "\n" + fence + "\n"
}
