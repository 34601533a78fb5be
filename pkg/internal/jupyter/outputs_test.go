package jupyter

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestNamesOfOutputs(t *testing.T) {
	o, err := newOutputs(Execution{Notebook: "notebooks/01-load.ipynb", OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	working := strings.TrimSuffix(filepath.Base(o.notebook), ".ipynb")
	if !strings.HasPrefix(working, "01-load-20") || strings.TrimSuffix(filepath.Base(o.page), ".html") != working {
		t.Errorf("while it runs the files are %s and %s, want both under the notebook's name and the time", o.notebook, o.page)
	}
	for _, tt := range []struct {
		name      string
		succeeded bool
		want      string
		refused   bool
	}{
		{"01-load-20260102-150405", true, "01-load-20260102-150405", false},
		{"01-load-20260102-150405", false, "01-load-20260102-150405", false},
		{"", true, "01-load", false},
		{"", false, working, false},
		{"01-load", true, "01-load", false},
		{"01-load", false, working, true}, // it would replace the last good page
		{"../x", true, working, true},
		{"..", true, working, true},
		{".", false, working, true},
	} {
		got, err := o.name(func() string { return tt.name }, tt.succeeded)
		if got != tt.want || (err != nil) != tt.refused {
			t.Errorf("name %q after success %v: %q, error %v; want %q, refused %v", tt.name, tt.succeeded, got, err, tt.want, tt.refused)
		}
	}
	if got, err := o.name(nil, true); got != "01-load" || err != nil {
		t.Errorf("no name: %q, %v; want the notebook's own", got, err)
	}
}

// TestOutputsAreRefused looks for the notebook behind another path, too.
func TestOutputsAreRefused(t *testing.T) {
	notebook := writeNotebook(t, sayHello)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(notebook), link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Dir(notebook), link} {
		if _, err := newOutputs(Execution{Notebook: notebook, OutDir: dir}); err == nil || !strings.Contains(err.Error(), "would be overwritten") {
			t.Errorf("outputs in %s: error %v, want them refused", dir, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(notebook), "*")); len(left) != 1 {
		t.Errorf("files %q, want the notebook alone", left)
	}
}

// TestOutputsOfOneName: many executions end at once. The notebook and the page of a name are of one of them.
func TestOutputsOfOneName(t *testing.T) {
	l, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := &sandbox{lab: l}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			o, err := newOutputs(Execution{Notebook: "a/small.ipynb", OutDir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			content := []byte(strings.Repeat(string(rune('a'+i)), 100_000))
			for _, path := range []string{o.notebook, o.page} {
				if err := os.WriteFile(path, content, 0o644); err != nil {
					t.Error(err)
				}
			}
			name := "small-run"
			if i%2 == 0 {
				name = "" // the notebook's own
			}
			if _, err := w.publish(Execution{Name: func() string { return name }}, o, Result{}, nil); err != nil {
				t.Error(err)
			}
			o.removeTemporary()
		})
	}
	all.Wait()
	var names []string
	for _, name := range []string{"small", "small-run"} {
		notebook, _ := os.ReadFile(filepath.Join(dir, name+".ipynb"))
		page, _ := os.ReadFile(filepath.Join(dir, name+".html"))
		if len(notebook) != 100_000 || string(notebook) != string(page) {
			t.Errorf("%s.ipynb has %d bytes and %s.html %d, want them whole and of one execution", name, len(notebook), name, len(page))
		}
		names = append(names, name+".html", name+".ipynb")
	}
	checkFiles(t, dir, names...)
}

// checkFiles wants these files in a directory and no others.
func checkFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// TestOutputsWithoutAPage do not stand beside the page of an earlier execution.
func TestOutputsWithoutAPage(t *testing.T) {
	dir := t.TempDir()
	o, err := newOutputs(Execution{Notebook: "small.ipynb", OutDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{o.notebook, filepath.Join(dir, "run.html")} {
		if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if notebook, page, err := o.rename("run"); filepath.Base(notebook) != "run.ipynb" || page != "" || err != nil {
		t.Errorf("renamed to %q and %q, %v; want no page", notebook, page, err)
	}
	checkFiles(t, dir, "run.ipynb")
}

// TestSetReport: the rest of the file stays as Jupyter wrote it.
func TestSetReport(t *testing.T) {
	file := "{\n \"cells\": [],\n \"metadata\": {\n  \"own\": \"a < b & \u2028\",\n  \"zero\": 1.0\n },\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n"
	with, err := setReport([]byte(file), json.RawMessage(`{"notes":["x < y"]}`))
	want := strings.Replace(file, "  \"zero\"", "  \"sagalab\": {\n   \"notes\": [\n    \"x < y\"\n   ]\n  },\n  \"zero\"", 1)
	if err != nil || string(with) != want {
		t.Errorf("with a report:\n%s%v\nwant\n%s", with, err, want)
	}
	if without, err := setReport(with, nil); err != nil || string(without) != file {
		t.Errorf("without it again:\n%s%v\nwant\n%s", without, err, file)
	}
	for _, bad := range []string{"", "[]", `{"metadata": 3}`, `{}`} {
		if _, err := setReport([]byte(bad), nil); err == nil {
			t.Errorf("setReport(%s) = nil error, want it refused", bad)
		}
	}
}

// TestKeepReport: what is no report is not kept.
func TestKeepReport(t *testing.T) {
	broken := errors.New("no such run")
	for _, tt := range []struct {
		raw   string
		err   error
		fails string
		kept  bool
	}{
		{`{"verdict": {"state": "good", "text": "All holds."}}`, nil, "", true},
		{"", nil, "", false},
		{"null", nil, "", false},
		{`{"verdict": 3}`, nil, "metadata under", false},
		{"{}", broken, "no such run", false},
	} {
		o := outputs{own: "small", notebook: writeNotebook(t, sayHello)}
		err := o.keepReport(func(error) (json.RawMessage, error) { return json.RawMessage(tt.raw), tt.err }, nil, nil)
		if (err != nil) != (tt.fails != "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
			t.Errorf("report %s: error %v, want %q in it", tt.raw, err, tt.fails)
		}
		nb, err := readNotebook(o.notebook)
		if err != nil || (len(nb.Metadata.Report) > 0) != tt.kept {
			t.Errorf("report %s: kept %s, %v; want it kept: %v", tt.raw, nb.Metadata.Report, err, tt.kept)
		}
	}
}

// TestExecuteKeepsTheLastGoodPage executes a notebook that succeeds and one that fails at once, into one directory and under
// one name of a notebook, in which there is a good page already.
func TestExecuteKeepsTheLastGoodPage(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	dir := t.TempDir()
	run := func(name, state, last string) (Result, error) {
		return l.Execute(t.Context(), Execution{
			Notebook: writeNotebook(t, "# Title\n\ntext", sayHello, last), OutDir: dir, Name: func() string { return name },
			Report: func(error) (json.RawMessage, error) {
				return json.RawMessage(`{"verdict": {"state": "` + state + `", "text": "It is ` + name + `."}}`), nil
			},
		})
	}
	var good, failed Result
	var goodErr, failedErr error
	var both sync.WaitGroup
	both.Go(func() { good, goodErr = run("small-1", "good", sayHello) })
	both.Go(func() { failed, failedErr = run("small-2", "stopped", "%%\npanic(\"boom\")") })
	both.Wait()
	if cell := new(CellError); goodErr != nil || !errors.As(failedErr, &cell) || cell.Cell != 2 {
		t.Fatalf("Execute: %v and %v; want success, and cell 2 failed", goodErr, failedErr)
	}
	checkFiles(t, dir, "small.html", "small.ipynb", "small-1.html", "small-1.ipynb", "small-2.html", "small-2.ipynb")
	at := func(name string) string { return filepath.Join(dir, name) }
	if want := (Result{Notebook: at("small-1.ipynb"), Page: at("small-1.html"), Latest: at("small.ipynb"), LatestPage: at("small.html"), Cells: 2, Took: good.Took}); good != want {
		t.Errorf("Execute: %+v, want %+v", good, want)
	}
	if want := (Result{Notebook: at("small-2.ipynb"), Page: at("small-2.html"), Cells: 2, Took: failed.Took}); failed != want {
		t.Errorf("Execute of what fails: %+v, want %+v", failed, want)
	}
	for name, want := range map[string]string{"small.html": "It is small-1.", "small-1.html": "✓ Good", "small-2.html": "■ Stopped", "small.ipynb": "small-1", "small-2.ipynb": "small-2"} {
		if text, err := os.ReadFile(at(name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q (%v)", name, want, err)
		}
	}
	if again, err := l.Execute(t.Context(), Execution{Notebook: at("small-1.ipynb"), OutDir: t.TempDir()}); err != nil {
		t.Error(err)
	} else if text, _ := os.ReadFile(again.Notebook); strings.Contains(string(text), "small-1") {
		t.Error("a notebook that is executed again has the report of the execution before")
	}
}
