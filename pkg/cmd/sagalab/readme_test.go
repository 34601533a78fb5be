package main

import (
	"os"
	"regexp"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
)

// ruleRow is a row of the README's table of rules: id, title, and what it needs.
var ruleRow = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \| (.+?) \| (\S.*) \|$`)

// TestReadmeListsTheRules compares the table of rules with those of an audit, of nothing here: ids, titles and their order.
func TestReadmeListsTheRules(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := ruleRow.FindAllStringSubmatch(string(text), -1)
	rules := audit.Judge(history.Evidence{}, history.Options{}).Verdicts
	if len(rows) != len(rules) || len(rules) < 22 {
		t.Fatalf("README.md has %d rules, the audit %d", len(rows), len(rules))
	}
	for i, v := range rules {
		if rows[i][1] != v.Rule || rows[i][2] != v.Title {
			t.Errorf("row %d of README.md is %s %q, want %s %q", i+1, rows[i][1], rows[i][2], v.Rule, v.Title)
		}
	}
}
