package main

import (
	"os"
	"regexp"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/internal/shop/defect"
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

// defectRow is a row of the README's table of defects that lie between processes: name and rule.
var defectRow = regexp.MustCompile(`(?m)^\| ` + "`([a-z_]+)`" + ` \| ([A-Z]\d+) \| `)

// TestReadmeListsTheDefects compares the table of defects that lie between processes with those that
// there are; the last ones give up.
func TestReadmeListsTheDefects(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := defectRow.FindAllStringSubmatch(string(text), -1)
	rules := map[string]string{}
	for i, row := range rows {
		rules[row[1]] = row[2]
		if givesUp := defect.GiveUpAfter([]defect.Defect{defect.Defect(row[1])}) > 0; givesUp != (i >= len(rows)-5) {
			t.Errorf("%s is row %d of %d, and gives up: %v; want the last five alone to", row[1], i+1, len(rows), givesUp)
		}
	}
	for _, d := range defect.Distributed() {
		if rules[string(d.Name)] != d.Rule {
			t.Errorf("README.md has rule %q for %s, want %s", rules[string(d.Name)], d.Name, d.Rule)
		}
	}
	if len(rows) != len(defect.Distributed()) {
		t.Errorf("README.md has %d defects, want %d", len(rows), len(defect.Distributed()))
	}
}
