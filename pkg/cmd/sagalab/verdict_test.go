package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"sagalab/pkg/compare"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/runs"
)

// nasty is a text that XML and Markdown must escape, and of which XML cannot have each character.
const nasty = "a]]>|b <img src=x onerror=y> & \"c\" `d`\n```\n**e** \x00\x1b[31m\xff ü"

// someVerdict has a finding of each kind.
func someVerdict() verdict {
	v := verdict{
		command: "load", subject: nasty, code: exitBad, reason: "a rule is violated",
		stages: []shownStage{{Entry: runs.Entry{Info: runs.Info{Stage: "he|avy"}}, Warnings: []string{nasty}, Failures: []jsonFailure{{Name: "out_of_stock", Count: 7}},
			Summary: jsonSummary{Requests: 50, P50: number(math.NaN())}}},
		audit: &audit.Report{Notes: []string{nasty}},
	}
	for i, r := range []result{passed, failed, undecided, skipped} {
		for _, suite := range []string{stageSuite, thresholdSuite, ruleSuite} {
			v.findings = append(v.findings, finding{suite: suite, name: fmt.Sprint(i, nasty), result: r, says: nasty, details: "head\n" + nasty, seconds: math.Inf(1)})
		}
	}
	return v
}

func TestJUnit(t *testing.T) {
	v := someVerdict()
	v.findings = append(v.findings, finding{suite: gateSuite, name: "long", result: failed, says: strings.Repeat("ü", 1<<20), details: strings.Repeat("<", 1<<20)})
	var b strings.Builder
	if err := v.writeJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if got.junitCounts != (junitCounts{Tests: 13, Failures: 4, Errors: 3, Skipped: 3}) || len(got.Suites) != 4 {
		t.Errorf("counts are %+v in %d suites", got.junitCounts, len(got.Suites))
	}
	rules := got.Suites[2]
	if rules.Name != ruleSuite || rules.junitCounts != (junitCounts{4, 1, 1, 1}) || len(rules.Cases) != 4 || rules.Properties[1].Value != "1" {
		t.Errorf("suite of rules is %+v", rules)
	}
	for i, c := range rules.Cases {
		if c.Class != "sagalab.rules" || c.Time != "0.000" || !strings.Contains(c.Name, "a]]>|b <img") || strings.ContainsRune(c.Name, 0) ||
			(c.Failure != nil) != (i == 1) || (c.Error != nil) != (i == 2) || (c.Skipped != nil) != (i == 3) || (c.Output != "") != (i == 0) {
			t.Errorf("test %d is %+v", i, c)
		}
	}
	long := got.Suites[3].Cases[0].Failure
	if b.Len() > 100<<10 || len(long.Message) > lineBytesMax || len(long.Text) > detailsBytesMax || !strings.HasSuffix(long.Message, "ü …") {
		t.Errorf("%d bytes, a message of %d and details of %d: want them bounded", b.Len(), len(long.Message), len(long.Text))
	}
}

func TestMarkdown(t *testing.T) {
	v := someVerdict()
	var b strings.Builder
	if err := v.writeMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"## sagalab load: judged bad (exit code 1)\n", "**a rule is violated**", "| he\\|avy | 50 |", "; 7 × out\\_of\\_stock |",
		"❌ **bad**", "❔ **unclear**", "\n❌ **violated: 1a\\]\\]\\>", "\n````\n", "0 rules hold",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "<img")-strings.Count(text, "\\<img") != 1 || !utf8.ValidString(text) {
		t.Errorf("not escaped, or not UTF-8:\n%s", text)
	}
	columns := 0
	for line := range strings.Lines(text) { // a cell that is not escaped would make another column
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, "\\|", ""), "|")
		if columns == 0 {
			columns = n
		}
		if n != columns {
			t.Errorf("%d columns, want %d: %s", n, columns, line)
		}
	}
}

func TestMarkdownIsBounded(t *testing.T) {
	v := verdict{command: "load", audit: &audit.Report{}}
	for i := range 5000 {
		v.stages = append(v.stages, shownStage{Warnings: []string{strings.Repeat("<", 1<<12)}})
		for _, suite := range []string{stageSuite, thresholdSuite, ruleSuite} {
			v.findings = append(v.findings, finding{suite: suite, name: fmt.Sprint(i), result: failed, says: strings.Repeat("&", 1<<12), details: strings.Repeat("`", 1<<14)})
		}
	}
	var b strings.Builder
	if err := v.writeMarkdown(&b); err != nil || b.Len() > summaryBytesMax {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

func TestFindings(t *testing.T) {
	all, err := threshold.ParseAll([]string{"p99 < 1s", "heavy: error_ratio < 1%"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	gates, err := compare.ParseGates("p99 < +10%")
	if err != nil {
		t.Fatal(err)
	}
	gate := func(v compare.GateVerdict) []compare.GateResult {
		return []compare.GateResult{{Gate: gates[0], Stage: "heavy", Verdict: v}}
	}
	for _, tt := range []struct {
		name string
		got  []finding
		want string
	}{
		{"thresholds", thresholdFindings([]threshold.Result{
			{Stage: "heavy", Threshold: all[0], Value: 2, Verdict: threshold.Pass}, {Stage: "heavy", Threshold: all[1], Value: .5, Verdict: threshold.Fail, Note: "5 of 10"},
			{Stage: "light", Threshold: all[0], Value: math.NaN(), Verdict: threshold.Unclear, Note: "no request ended"},
		}), "heavy: p99 < 1s 0 p99 is 2 ms; heavy: error_ratio < 0.01 1 error_ratio is 50% (5 of 10); light: p99 < 1s 2 no request ended"},
		{"rules", ruleFindings(audit.Report{Verdicts: []audit.Verdict{
			{Rule: "K1", Title: "one key", Answer: audit.Holds, Judged: 3, What: "keys"}, {Rule: "K2", Answer: audit.Violated, Reason: "why"},
			{Rule: "K3", Answer: audit.Unknown, Reason: "failed", NotRequired: true}, {Rule: "K4", Answer: audit.Unknown, Beyond: true, Reason: "not offered"}, {Rule: "S1", Answer: audit.NotExercised, Reason: "none"},
			{Rule: "K5", Answer: audit.Violated, Reason: "why", NotRequired: true}, {Rule: "C6", Answer: audit.Violated, Reason: "what"},
		}}), "K2:  1 why; K5:  1 why; C6:  1 what; K4:  2 not offered; K3:  3 not required; failed; S1:  3 none; K1: one key 0 3 keys"},
		{"a gate holds", gateFindings(gate(compare.GateHolds), compare.GateUnclear), "heavy: p99 < +10% 0 holds: "},
		{"a gate is violated", gateFindings(gate(compare.GateViolated), compare.GateHolds), "heavy: p99 < +10% 1 violated: "},
		{"a gate is unclear", gateFindings(gate(compare.GateUnclear), compare.GateUnclear), "heavy: p99 < +10% 2 unclear: "},
		{"which counts as violated", gateFindings(gate(compare.GateUnclear), compare.GateViolated), "heavy: p99 < +10% 1 unclear: "},
		{"which counts as one that holds", gateFindings(gate(compare.GateUnclear), compare.GateHolds), "heavy: p99 < +10% 3 unclear: "},
		{"stages", stageFindings([]string{"a", "b", "c"}, []shownStage{
			{Entry: runs.Entry{Info: runs.Info{Stage: "a", State: runs.Complete}}}, {Entry: runs.Entry{Info: runs.Info{Stage: "b", State: runs.Interrupted, Detail: "worker w is lost"}}},
		}), "a 0 ; b 2 interrupted: worker w is lost; c 2 the stage did not run"},
	} {
		var words []string
		for _, f := range tt.got {
			words = append(words, fmt.Sprintf("%s %d %s", f.name, f.result, f.says))
		}
		if got := strings.Join(words, "; "); got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
