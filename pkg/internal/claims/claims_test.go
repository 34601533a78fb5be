package claims

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notebooksDir is where the project's notebooks lie.
const notebooksDir = "../../../notebooks"

// committed is a notebook as it is committed.
func committed(t *testing.T, name string) Notebook {
	t.Helper()
	nb, err := Read(filepath.Join(notebooksDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

// TestCommittedNotebooks checks the outputs that people read without executing
// anything.
func TestCommittedNotebooks(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, err := range Check(name, committed(t, name)) {
				t.Error(err)
			}
		})
	}
}

// TestCommittedRecoveries wants a number for each recovery that people read.
func TestCommittedRecoveries(t *testing.T) {
	var said []string
	for _, c := range committed(t, "02-break-and-audit.ipynb").Cells {
		for _, o := range c.Outputs {
			for line := range strings.Lines(o.Text) {
				if stage, _, ok := strings.Cut(line, ": recovered within "); ok {
					said = append(said, stage)
				}
			}
		}
	}
	if want := []string{"crash", "no-budget", "budget"}; !slices.Equal(said, want) {
		t.Errorf("the committed notebook gives a time of recovery for %q, want %q", said, want)
	}
}

func TestEveryNotebookHasClaims(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(notebooksDir, "*.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range paths {
		found = append(found, filepath.Base(p))
	}
	if !slices.Equal(found, Names()) {
		t.Errorf("the notebooks are %q, those with claims %q", found, Names())
	}
}

// TestFormIsChecked: whatever a notebook claims, these are wrong.
func TestFormIsChecked(t *testing.T) {
	const name = "01-load-and-retry.ipynb"
	nb := committed(t, name)
	code := slices.IndexFunc(nb.Cells, func(c Cell) bool { return c.Code })
	for _, c := range []struct {
		what   string
		change func(*Notebook)
		want   string // part of an error
	}{
		{"another kernel", func(nb *Notebook) { nb.Kernel = "python3" }, `kernel is "python3"`},
		{"a cell that did not run", func(nb *Notebook) { nb.Cells[code].Count = 0 }, "has the number [0], want [1]"},
		{"executed twice", func(nb *Notebook) { nb.Cells[code].Count = 7 }, "has the number [7], want [1]"},
		{"code without a text", func(nb *Notebook) { nb.Cells = slices.Insert(nb.Cells, code, Cell{Code: true, Count: 1}) }, "has no text before it"},
		{"a long cell", func(nb *Notebook) { nb.Cells[code].Source += strings.Repeat("\nx()", 15) }, "lines of code"},
		{"nothing shown", func(nb *Notebook) { nb.Cells[code].Outputs = nil }, "it shows nothing"},
		{"an error", func(nb *Notebook) { nb.Cells[code].Outputs = append(nb.Cells[code].Outputs, Output{Type: "error"}) }, "it failed: error"},
		{"a fault that did nothing", func(nb *Notebook) {
			nb.Cells[code].Outputs = append(nb.Cells[code].Outputs, Output{Text: "Note: kill met no request"})
		}, `it says "met no request"`},
		{"a section without a claim", func(nb *Notebook) { nb.Cells[code-1].Source += "\n### New\n" }, `section "New": it has code that is executed, and no claim`},
		{"a figure without a claim", func(nb *Notebook) {
			nb.Cells[code].Outputs = append(nb.Cells[code].Outputs, Output{PNG: "AAAA", Text: "[figure: new]"})
		}, `its figures are ["new"], its claims are about []`},
		{"a section that is gone", func(nb *Notebook) {
			for i := range nb.Cells {
				nb.Cells[i].Source = strings.ReplaceAll(nb.Cells[i].Source, "### Light\n", "### Heavier\n")
				nb.Cells[i].Source = strings.ReplaceAll(nb.Cells[i].Source, "### Light", "### Heavier")
			}
		}, `has no section "Light"`},
	} {
		changed := nb
		changed.Cells = slices.Clone(nb.Cells)
		for i := range changed.Cells {
			changed.Cells[i].Outputs = slices.Clone(changed.Cells[i].Outputs)
		}
		c.change(&changed)
		errs := Check(name, changed)
		if !slices.ContainsFunc(errs, func(err error) bool { return strings.Contains(err.Error(), c.want) }) {
			t.Errorf("%s: %v; want an error with %q", c.what, errs, c.want)
		}
	}
	declares := nb
	declares.Cells = slices.Clone(nb.Cells)
	at := slices.IndexFunc(declares.Cells[code+1:], func(c Cell) bool { return c.Code }) + code + 1
	declares.Cells[at].Source, declares.Cells[at].Outputs = "var x = 1", nil
	for _, err := range Check(name, declares) {
		if strings.Contains(err.Error(), "it shows nothing") {
			t.Errorf("a cell that declares something: %v", err)
		}
	}
	if errs := Check("other.ipynb", nb); len(errs) != 1 || !strings.Contains(errs[0].Error(), "has no claims") {
		t.Errorf("a notebook without claims: %v", errs)
	}
}

// TestOldOutputs checks outputs of the second notebook that were committed once,
// although its storm had no retries, no shade and no recovery, and its crash stopped
// goodput for good.
func TestOldOutputs(t *testing.T) {
	nb, err := Read(filepath.Join("testdata", "02-without-a-storm.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, err := range Check("02-break-and-audit.ipynb", nb) {
		text += err.Error() + "\n"
	}
	for _, want := range []string{
		"does not show that without a budget the storm has many retries, with a budget few: without a budget 2000 purchases had 0 retries",
		"does not show that the fault is shaded, and amplification is a hill without a budget: figure \"Amplification over time\": no band is shaded",
		"does not show that the fault is shaded, and goodput falls and comes back: figure \"Goodput and attempts over time\": no band is shaded",
		"does not show that recovery is judged for both: no output says ^no-budget: (recovered",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the old outputs pass: no error %q in\n%s", want, text)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ipynb")
	if _, err := Read(path); err == nil {
		t.Error("a notebook that is not there was read")
	}
	if err := os.WriteFile(path, []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "is not a notebook") {
		t.Errorf("a page was read as a notebook: %v", err)
	}
}

func TestParseTable(t *testing.T) {
	table := parseTable("metric  change_unit  verdict              note\np50     %            no difference shown  \nµs      pp           –                    two words\n")
	want := []Row{
		{"metric": "p50", "change_unit": "%", "verdict": "no difference shown", "note": ""},
		{"metric": "µs", "change_unit": "pp", "verdict": "–", "note": "two words"},
	}
	rows := table.Rows()
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i := range want {
		for column, v := range want[i] {
			if rows[i][column] != v {
				t.Errorf("row %d has %q in %s, want %q", i, rows[i][column], column, v)
			}
		}
	}
	if _, err := table.Row("metric", "p99"); err == nil {
		t.Error("a row that is not there was found")
	}
	if _, err := rows[0].Number("verdict"); err == nil {
		t.Error("a verdict was read as a number")
	}
}

// TestAuditsAreRead reads an audit whose rules all have rows, and others that name
// those that hold.
func TestAuditsAreRead(t *testing.T) {
	table := func(text string) Output { return Output{Text: text, Table: true} }
	s := Section{Cells: []Cell{{Outputs: []Output{
		table("rule  says  verdict        evidence\nK1    a     holds          3 keys\nC3    b     not exercised  no order\n"),
		table("rule  says  verdict   evidence\nC3    b     violated  2 of 3\n2 rules hold: K1, T4\n"),
		table("1 rule holds: K1\n"),
		table("rule  says  verdict   evidence\n✗ C3  b     violated  2 of 3\n1 rule holds: K1\n"), // with a mark, as newer outputs have
		{Text: "16 rules hold, 0 violated, 0 unknown, 3 not exercised"},
		table("stage  p50\nlight  3\n"),
	}}}}
	got := audits(s)
	if len(got) != 4 {
		t.Fatalf("%d audits, want 4: %v", len(got), got)
	}
	for i, want := range []map[string]string{{"K1": "holds", "C3": "not exercised"}, {"K1": "holds", "T4": "holds", "C3": "violated"}, {"K1": "holds", "C3": ""}, {"K1": "holds", "C3": "violated"}} {
		for rule, verdict := range want {
			if got[i][rule] != verdict {
				t.Errorf("audit %d: rule %s is %q, want %q", i+1, rule, got[i][rule], verdict)
			}
		}
	}
	one := Section{Cells: []Cell{{Outputs: []Output{{Text: "1 rule holds, 0 violated, 0 unknown, 18 not exercised"}}}}}
	if err := holdsAll(1)(one); err != nil {
		t.Errorf("a summary of one rule: %v", err)
	}
	if err := rule("K1", "holds")(s); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"C3", "S1"} {
		if err := rule(name, "holds")(s); err == nil {
			t.Errorf("rule %s holds, want it not to", name)
		}
	}
}
