package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sagalab/pkg/lab"
)

// TestRunBreakAndAudit executes the second notebook: every section ends in an
// audit, and only the careless one finds something.
func TestRunBreakAndAudit(t *testing.T) {
	checkout(t)
	dir := t.TempDir()
	const name = "02-break-and-audit.ipynb"
	got := sagalab(t, "run", "--out", dir, filepath.Join(notebooks(t), name)).wait(t)
	if got.status != 0 {
		t.Fatalf("run ended with status %d\n%s%s", got.status, got.out, got.log)
	}
	path := filepath.Join(dir, name)
	if err := lab.CheckNotebook(path); err != nil {
		t.Error(err)
	}
	checkNoMachine(t, path)
	texts, figures := outputs(t, path)
	all := strings.Join(texts, "\n")
	verdicts := regexp.MustCompile(`\d+ rules hold, (\d+) violated, (\d+) unknown`).FindAllStringSubmatch(all, -1)
	want := [][]string{{"0", "0"}, {"0", "0"}, {"1", "0"}, {"0", "0"}, {"0", "0"}, {"0", "0"}} // baseline, one key, new keys, crash, storm, storm with a budget
	if len(verdicts) != len(want) {
		t.Fatalf("%d audits in the notebook, want %d:\n%s", len(verdicts), len(want), all)
	}
	for i, w := range want {
		if verdicts[i][1] != w[0] || verdicts[i][2] != w[1] {
			t.Errorf("audit %d: %s; want %s violated, %s unknown\n%s", i+1, verdicts[i][0], w[0], w[1], all)
		}
	}
	for _, say := range []string{"C3 violated", "was bought 2 times", "Faults: drop_reply ", "no-budget: ", "budget: "} {
		if !strings.Contains(all, say) {
			t.Errorf("the notebook does not say %q", say)
		}
	}
	if figures != 4 {
		t.Errorf("%d figures in the notebook, want 4", figures)
	}
}

// notebooks is the directory of the checkout's notebooks.
func notebooks(t *testing.T) string {
	t.Helper()
	l, err := here()
	if err != nil {
		t.Fatal(err)
	}
	return l.Notebooks()
}

// outputs is the text of a notebook's outputs, and how many figures they have.
func outputs(t *testing.T, path string) (texts []string, figures int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []struct {
			Outputs []struct {
				Data map[string]json.RawMessage `json:"data"`
			} `json:"outputs"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(raw, &notebook); err != nil {
		t.Fatal(err)
	}
	for _, c := range notebook.Cells {
		for _, o := range c.Outputs {
			if _, ok := o.Data["image/png"]; ok {
				figures++
			}
			var lines []string
			var line string
			if json.Unmarshal(o.Data["text/plain"], &lines) != nil && json.Unmarshal(o.Data["text/plain"], &line) == nil {
				lines = []string{line}
			}
			texts = append(texts, strings.Join(lines, ""))
		}
	}
	return texts, figures
}
