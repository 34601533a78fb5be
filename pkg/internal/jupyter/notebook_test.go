package jupyter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sagalab/pkg/internal/ipynb"
)

func TestFailure(t *testing.T) {
	stderr := func(s string) output { return output{Type: "stream", Name: "stderr", Text: ipynb.Text(s)} }
	stdout := func(s string) output { return output{Type: "stream", Name: "stdout", Text: ipynb.Text(s)} }
	failed := func(value string, trace ...string) output {
		return output{Type: "error", EName: "ERROR", EValue: value, Traceback: trace}
	}
	for _, trial := range []struct {
		name, source    string
		outputs         []output
		reason, printed string
	}{
		{"nothing printed", "%%", nil, "", ""},
		{"printed", "%%", []output{stdout("fine\n"), stderr("a warning\n")}, "", "fine\na warning"},
		{"panic", "%%", []output{stderr("panic: boom\n"), stderr("exit status 2\n"), failed("exit status 2", "exit status 2")},
			"exit status 2", "panic: boom\nexit status 2"},
		{"killed", "%%", []output{failed("signal: killed", "signal: killed")}, "signal: killed", ""},
		{"dumped core", "%%", []output{failed("signal: segmentation fault (core dumped)")}, "signal: segmentation fault (core dumped)", ""},
		{"compile error as text", "%%", []output{failed("./main.go:10:5: declared and not used: x", "Cell[3]: Line 2\n\x1b[31mdeclared\x1b[0m")},
			"it did not compile", "Cell[3]: Line 2\ndeclared"},
		{"compile error as HTML", "%%", []output{
			{Type: "display_data", Data: map[string]ipynb.Text{"text/html": "<style>.gonb-err {}</style><div>declared and not used: x &lt;y&gt;</div>"}},
			failed(`failed to run "/go/bin/go build -o x": exit status 1`)}, "it did not compile",
			"declared and not used: x <y>\nfailed to run \"/go/bin/go build -o x\": exit status 1"},
		{"compile error in a test", "%test", []output{failed("./main_test.go:1:1: no")}, "it did not compile", "./main_test.go:1:1: no"},
		{"cannot get", "%%", []output{failed(`failed to run "/usr/local/go/bin/go get": exit status 1`)}, "it did not compile",
			`failed to run "/usr/local/go/bin/go get": exit status 1`},
		{"other error", "%nonsense", []output{failed("first\nsecond")}, "first", "first\nsecond"},
		{"error without a value", "%%", []output{{Type: "error", EName: "Oops"}}, "Oops", ""},
		{"error without anything", "%%", []output{{Type: "error"}}, "an error without a message", ""},
		{"shell command", "!false", []output{stderr("exit status 1\n")}, "exit status 1", "exit status 1"},
		{"shell command later in the cell", "%%\n!false", []output{stderr("oh\nexit status 12\n")}, "exit status 12", "oh\nexit status 12"},
		{"shell command that succeeds", "!true", []output{stderr("exit status 0\n")}, "", "exit status 0"},
		{"program that prints so", "%%", []output{stderr("exit status 1\n")}, "", "exit status 1"},
		{"text display", "%%", []output{{Type: "display_data", Data: map[string]ipynb.Text{"text/plain": "a table", "text/html": "<b>"}}}, "", "a table"},
		{"picture", "%%", []output{{Type: "display_data", Data: map[string]ipynb.Text{"image/png": "AAAA"}}}, "", ""},
	} {
		t.Run(trial.name, func(t *testing.T) {
			c := cell{Type: "code", Source: ipynb.Text(trial.source), Outputs: trial.outputs}
			if got := c.failure(); got != trial.reason {
				t.Errorf("failure() = %q, want %q", got, trial.reason)
			}
			if got := c.printed(); got != trial.printed {
				t.Errorf("printed() = %q, want %q", got, trial.printed)
			}
		})
	}
}

func TestPrintedIsBounded(t *testing.T) {
	c := cell{Type: "code", Outputs: []output{{Type: "stream", Text: ipynb.Text(strings.Repeat("äöü\n", 10_000) + "the end\n")}}}
	got := c.printed()
	if len(got) > printedBytesMax+len("…\n") || !strings.HasSuffix(got, "the end") || !utf8.ValidString(got) {
		t.Errorf("printed() has %d bytes and ends in %q; want at most %d, the end, valid UTF-8", len(got), lastLine(got), printedBytesMax)
	}
}

func TestCellsAreNamed(t *testing.T) {
	nb, err := parseNotebook([]byte(`{"nbformat": 4, "cells": [
		{"cell_type": "markdown", "source": ["# Title\n", "text\n", "` + "```\\n# no heading\\n```" + `\n"]},
		{"cell_type": "code", "source": ["// what it does\n", "import \"fmt\"\n", "%%\n", "fmt.Println()\n"]},
		{"cell_type": "code", "source": "  \n"},
		{"cell_type": "markdown", "source": "## A\n### B #\n#no heading"},
		{"cell_type": "raw", "source": "# raw"},
		{"cell_type": "code", "source": "import (\n\t\"fmt\"\n\tp \"sagalab/pkg/purchase\"\n)\nvar x = 1"},
		{"cell_type": "code", "source": "// only a comment"}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range []struct {
		index, number  int
		heading, first string
	}{
		{0, 0, "", "# Title"},
		{1, 1, "Title", "fmt.Println()"},
		{2, 1, "Title", ""},
		{5, 2, "B #", "var x = 1"},
		{6, 3, "B #", "// only a comment"},
	} {
		number, heading, first := nb.number(trial.index), nb.headingAbove(trial.index), nb.Cells[trial.index].firstLine()
		if number != trial.number || heading != trial.heading || first != trial.first {
			t.Errorf("cell with index %d: number %d under %q, first line %q; want %d, %q, %q",
				trial.index, number, heading, first, trial.number, trial.heading, trial.first)
		}
	}
	if got := nb.title(); got != "Title" {
		t.Errorf("title() = %q, want Title", got)
	}
}

func FuzzParseNotebook(f *testing.F) {
	f.Add([]byte(`{"nbformat": 4, "cells": [{"cell_type": "code", "source": "!x", "outputs": [{"output_type": "error", "traceback": ["a"]}]}]}`))
	f.Add([]byte(`{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": ["# a", 1]}, {"cell_type": "code", "outputs": [{"name": "stderr", "text": {}}]}]}`))
	f.Add([]byte(`{"nbformat": 4, "cells": []}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		nb, err := parseNotebook(raw)
		if err != nil {
			return
		}
		for i, c := range nb.Cells {
			failed := nb.failed("x.ipynb", i, c.failure())
			if failed.Cell < 0 || failed.Cell > len(nb.Cells) || len(failed.Output) > printedBytesMax+len("…\n") {
				t.Errorf("cell with index %d: %+v", i, failed)
			}
			if strings.Contains(failed.FirstLine, "\n") || strings.Contains(failed.Heading, "\n") {
				t.Errorf("cell with index %d has a name of several lines: %q, %q", i, failed.Heading, failed.FirstLine)
			}
		}
	})
}

func TestFindRoot(t *testing.T) {
	top := t.TempDir()
	deep := filepath.Join(top, "a", "b")
	other := filepath.Join(top, "a", "other")
	for _, dir := range []string{deep, other} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(dir, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := FindRoot(deep); err == nil {
		t.Errorf("FindRoot outside a checkout = %q, want an error", got)
	}
	write(top, "// the house\nmodule sagalab // ours\n\ngo 1.26.0\n")
	write(other, "module example.com/other\n")
	for _, dir := range []string{top, deep, other} {
		if got, err := FindRoot(dir); got != top || err != nil {
			t.Errorf("FindRoot(%s) = %q, %v; want %q", dir, got, err, top)
		}
	}
}

func TestHintAtForgottenMain(t *testing.T) {
	const hint = "put a line %% above them"
	parsing := "failed to run goimports: /tmp/gonb_4e5ea2e7/main.go:3:1: expected declaration, found fmt"
	for _, trial := range []struct {
		name, source, failure string
		want                  bool
	}{
		{"a statement alone", "fmt.Println(1)", parsing, true},
		{"a statement below a declaration", "var x int\nfmt.Println(x)", parsing, true},
		{"as the compiler says it", "x := 1", "./main.go:3:1: syntax error: non-declaration statement outside function body", true},
		{"with a percentage in the text", "fmt.Printf(\"5 %%\\n\")", parsing, true},
		{"another error", "var n int = \"three\"", "./main.go:3:13: cannot use \"three\"", false},
		{"with %%", "%%\n}\nfmt.Println(1)", parsing, false},
		{"with %% further down", "var x int\n  %%\n}\nx++", parsing, false},
		{"with %main", "%main\n}\nx++", parsing, false},
		{"a test", "%test\nx++", parsing, false},
	} {
		for _, o := range []output{
			{Type: "error", EValue: trial.failure},
			{Type: "error", EValue: "failed", Traceback: []string{"\x1b[31m" + trial.failure + "\x1b[0m"}},
		} {
			c := cell{Type: "code", Source: ipynb.Text(trial.source), Outputs: []output{o}}
			err := notebook{Cells: []cell{c}}.failed("x.ipynb", 0, "it did not compile")
			if got := strings.Contains(err.Error(), hint); got != trial.want {
				t.Errorf("%s: hint %v, want %v:\n%v", trial.name, got, trial.want, err)
			}
		}
	}
}

func TestHintAtMovedNames(t *testing.T) {
	for failure, want := range map[string]bool{
		"./main.go:9:15: undefined: runs.Compare":         true,
		"./main.go:9:15: undefined: runs.CompareOptions":  true,
		"./main.go:9:15: undefined: runs.Compared":        true,
		"./main.go:9:15: undefined: runs.Stages":          false,
		"./main.go:9:15: undefined: comparison":           false,
		"./main.go:9:15: runs.Stage is not an expression": false,
	} {
		c := cell{Type: "code", Source: "%%\nx := runs.Compare(a, b, o)", Outputs: []output{{Type: "error", EValue: failure}}}
		if got := strings.Contains(c.hint(), "sagalab/pkg/compare"); got != want {
			t.Errorf("%s: hint %q, want one: %v", failure, c.hint(), want)
		}
	}
}
