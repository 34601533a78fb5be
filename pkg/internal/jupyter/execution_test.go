package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	sayHello = "import \"fmt\"\n%%\nfmt.Println(\"hello\")"
	unused   = "%%\nfmt.Println(\"must not run\")"
)

func TestExecuteRunsEveryCell(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	path := writeNotebook(t, "# Title\n\ntext", sayHello,
		"## Part two", "import \"sagalab/pkg/purchase\"\n%%\nfmt.Printf(\"%T %s\\n\", purchase.Request{}, os.Getenv(\"SAGALAB_TRIAL\"))",
		"%%\ndir, err := os.Getwd()\nfmt.Println(filepath.Base(dir), err)",
	)
	var events []CellEvent
	out := t.TempDir()
	got, err := l.Execute(t.Context(), Execution{
		Notebook: path, OutDir: out, Env: []string{"SAGALAB_TRIAL=seen"},
		Progress: func(e CellEvent) { events = append(events, e) },
	})
	if err != nil {
		t.Fatalf("Execute(%s): %v", path, err)
	}
	if want := filepath.Join(out, "small.ipynb"); got.Notebook != want || got.Cells != 3 {
		t.Errorf("Execute: notebook %q with %d cells, want %q with 3", got.Notebook, got.Cells, want)
	}
	printed := []string{"hello", "purchase.Request seen", filepath.Base(filepath.Dir(path)) + " <nil>"}
	if len(events) != 6 {
		t.Fatalf("Execute reported %d events, want 6: %+v", len(events), events)
	}
	for i, want := range printed {
		start, end := events[2*i], events[2*i+1]
		if start.Ended || !end.Ended || end.Cell != i+1 || end.Of != 3 || end.Failure != "" || end.Output != want {
			t.Errorf("cell %d: start %+v, end %+v; want output %q", i+1, start, end, want)
		}
	}
	if got := events[3].Heading; got != "Part two" {
		t.Errorf("cell 2 is under %q, want Part two", got)
	}
	checkKept(t, got.Notebook)
	if err := CheckNotebook(got.Notebook); err != nil {
		t.Errorf("CheckNotebook(%s) = %v, want nil", got.Notebook, err)
	}
}

// checkKept looks for the metadata that writeNotebook wrote, and for nothing added.
func checkKept(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var nb struct {
		Minor    int `json:"nbformat_minor"`
		Metadata map[string]any
		Cells    []struct{ Metadata map[string]any }
	}
	if err := json.Unmarshal(raw, &nb); err != nil {
		t.Fatal(err)
	}
	if nb.Minor != 4 || len(nb.Metadata) != 2 || nb.Metadata["own"] != "kept" {
		t.Errorf("%s: format 4.%d, metadata %v; want 4.4 and the notebook's own", path, nb.Minor, nb.Metadata)
	}
	if kernel, _ := nb.Metadata["kernelspec"].(map[string]any); kernel["name"] != "gonb" {
		t.Errorf("%s names the kernel %v, want gonb", path, kernel["name"])
	}
	if m := nb.Cells[1].Metadata; len(m) != 1 {
		t.Errorf("%s: a cell's metadata became %v", path, m)
	}
}

func TestExecuteNamesTheFailedCell(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	for _, trial := range []struct{ name, source, first, reason, output string }{
		{"does not compile", "%%\nvar n int = \"three\"", "var n int = \"three\"", "it did not compile", "cannot use \"three\""},
		{"does not parse", "%%\nfor {", "for {", "it did not compile", "expected '}'"},
		{"unknown package", "import \"sagalab/pkg/nowhere\"\n%%\nnowhere.Go()", "nowhere.Go()", "it did not compile", "sagalab/pkg/nowhere"},
		{"forgotten %%", "fmt.Println(1)", "fmt.Println(1)", "it did not compile", "expected declaration, found fmt"},
		{"panic", "%%\nfmt.Println(\"before\")\npanic(\"boom\")", "fmt.Println(\"before\")", "exit status 2", "panic: boom"},
		{"panic in a goroutine", "%%\ngo func() { panic(\"far\") }()\nselect {}", "go func() { panic(\"far\") }()", "exit status 2", "panic: far"},
		{"exit", "%%\nfmt.Println(\"before\")\nos.Exit(3)", "fmt.Println(\"before\")", "exit status 3", "before"},
		{"test", "%test\nfunc TestNo(t *testing.T) { t.Error(\"no\") }", "%test", "exit status 1", "--- FAIL: TestNo"},
		{"killed", "%%\nsyscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", "syscall.Kill(os.Getpid(), syscall.SIGKILL)", "signal: killed", ""},
		{"shell", "!false", "!false", "exit status 1", "exit status 1"},
	} {
		t.Run(trial.name, func(t *testing.T) {
			t.Parallel()
			path := writeNotebook(t, "# Title", sayHello, "## The bad one", trial.source, unused)
			out := t.TempDir()
			got, err := l.Execute(t.Context(), Execution{Notebook: path, OutDir: out})
			var failed *CellError
			if !errors.As(err, &failed) {
				t.Fatalf("Execute: error %v, want a *CellError", err)
			}
			if failed.Cell != 2 || failed.Heading != "The bad one" || failed.Notebook != path {
				t.Errorf("failed cell %d under %q in %s, want 2 under The bad one in %s", failed.Cell, failed.Heading, failed.Notebook, path)
			}
			if failed.FirstLine != trial.first || failed.Reason != trial.reason || !strings.Contains(failed.Output, trial.output) {
				t.Errorf("first line %q, reason %q, output:\n%s\nwant %q, %q, and in the output %q",
					failed.FirstLine, failed.Reason, failed.Output, trial.first, trial.reason, trial.output)
			}
			if (failed.Hint != "") != (trial.name == "forgotten %%") {
				t.Errorf("hint %q", failed.Hint)
			}
			if got.Cells != 2 || !exists(got.Page) {
				t.Errorf("%d cells ran, page %q; want 2 and a page", got.Cells, got.Page)
			}
			checkNoPaths(t, l, got.Notebook)
			if again := new(CellError); !errors.As(CheckNotebook(got.Notebook), &again) || again.Cell != 2 {
				t.Errorf("CheckNotebook(%s) = %v, want cell 2 failed", got.Notebook, CheckNotebook(got.Notebook))
			}
		})
	}
}

// checkNoPaths looks for this machine's directories in a notebook.
func checkNoPaths(t *testing.T, l *Installation, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{l.Root(), os.TempDir() + "/", "gonb_"} {
		if at := strings.Index(string(raw), dir); at >= 0 {
			t.Errorf("%s holds %q: …%s…", path, dir, raw[max(0, at-80):min(len(raw), at+80)])
		}
	}
}

// TestExecuteBoundsACell: what a cell printed before it was ended is kept. A bound
// within which this machine did not get the cell to print is tried again, doubled.
func TestExecuteBoundsACell(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	for _, trial := range []struct {
		name, first, last, reason string
		bound                     time.Duration
	}{
		{"asleep", "", "time.Sleep(time.Hour)", "it did not end within ", 5 * time.Second},
		{"deaf to interrupts", "signal.Ignore(os.Interrupt)", "for { time.Sleep(time.Second) }", "it did not end within ", 5 * time.Second},
		{"endless output", "", "for { fmt.Println(strings.Repeat(\"x\", 100_000)) }", "it printed more than 16 MB", time.Hour},
	} {
		t.Run(trial.name, func(t *testing.T) {
			t.Parallel()
			began := filepath.Join(t.TempDir(), "began")
			path := writeNotebook(t, sayHello, `import "os/signal"
%%
`+trial.first+`
fmt.Println("began")
if err := os.WriteFile(os.Getenv("SAGALAB_TRIAL"), nil, 0o600); err != nil {
	panic(err)
}
`+trial.last, unused)
			bound, want := trial.bound, trial.reason
			for ; ; bound *= 2 {
				if strings.HasSuffix(trial.reason, " ") {
					want = trial.reason + bound.String()
				}
				got, err := l.Execute(t.Context(), Execution{Notebook: path, OutDir: t.TempDir(), Env: []string{"SAGALAB_TRIAL=" + began}, CellTimeout: bound})
				checkNoOrphans(t)
				var failed *CellError
				if errors.As(err, &failed) && failed.Reason == want && !exists(began) {
					continue
				}
				if failed == nil || failed.Cell != 2 || failed.Reason != want {
					t.Fatalf("Execute: error %v, want cell 2: %s", err, want)
				}
				checkPrinted(t, got.Notebook, 1, "began")
				return
			}
		})
	}
}

func TestExecuteKeepsWhatRanWhenInterrupted(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	path := writeNotebook(t, sayHello, `import "os/signal"
%%
c := make(chan os.Signal, 1)
signal.Notify(c, os.Interrupt)
fmt.Println("waiting")
if err := os.WriteFile(os.Getenv("SAGALAB_TRIAL"), nil, 0o600); err != nil {
	panic(err)
}
<-c
fmt.Println("kept")`, unused)
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	waits := filepath.Join(t.TempDir(), "waits")
	go func() {
		for ctx.Err() == nil && !exists(waits) {
			time.Sleep(20 * time.Millisecond)
		}
		cancel(stop)
	}()
	got, err := l.Execute(ctx, Execution{Notebook: path, OutDir: t.TempDir(), Env: []string{"SAGALAB_TRIAL=" + waits}})
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "cell 2") {
		t.Errorf("Execute: error %v, want it to be %v, in cell 2", err, stop)
	}
	if got.Cells != 2 {
		t.Errorf("%d cells were started, want 2", got.Cells)
	}
	checkPrinted(t, got.Notebook, 0, "hello")
	checkPrinted(t, got.Notebook, 1, "kept")
	checkNoOrphans(t)
}

func TestExecuteNoticesADeadKernel(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	path := writeNotebook(t, sayHello, "%%\nsyscall.Kill(os.Getppid(), syscall.SIGKILL)\nselect {}", unused)
	_, err := l.Execute(t.Context(), Execution{Notebook: path, OutDir: t.TempDir()})
	var dead *KernelError
	if !errors.As(err, &dead) || dead.Cell != 2 {
		t.Errorf("Execute: error %v, want a *KernelError in cell 2", err)
	}
	checkNoOrphans(t)
}

func checkPrinted(t *testing.T, path string, index int, want string) {
	t.Helper()
	nb, err := readNotebook(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := nb.Cells[index].printed(); !strings.Contains(string(nb.Cells[index].Outputs[0].Text), want) {
		t.Errorf("%s: cell with index %d printed %q, want %q in it", path, index, got, want)
	}
}

func TestExecuteRefuses(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	good := writeNotebook(t, sayHello)
	bare, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range []struct {
		name string
		lab  *Installation
		Execution
		want string
	}{
		{"no notebook", l, Execution{Notebook: "nowhere.ipynb", OutDir: t.TempDir()}, "nowhere.ipynb"},
		{"no JSON", l, Execution{Notebook: "execution_test.go", OutDir: t.TempDir()}, "is not a Jupyter notebook"},
		{"old format", l, Execution{Notebook: writeJSON(t, map[string]any{"nbformat": 3}), OutDir: t.TempDir()}, "format 3"},
		{"onto itself", l, Execution{Notebook: good, OutDir: filepath.Dir(good)}, "would be overwritten"},
		{"not set up", bare, Execution{Notebook: good, OutDir: t.TempDir()}, "sagalab setup"},
	} {
		t.Run(trial.name, func(t *testing.T) {
			if _, err := trial.lab.Execute(t.Context(), trial.Execution); err == nil || !strings.Contains(err.Error(), trial.want) {
				t.Errorf("Execute(%+v): error %v, want %q in it", trial.Execution, err, trial.want)
			}
		})
	}
}
