package nb

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/frame"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// ready is a lab whose checks have passed.
func ready(t *testing.T, answer http.HandlerFunc) (Lab, *bytes.Buffer) {
	t.Helper()
	l, text, _ := cells(t, answer)
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if err := l.checkConnectivity(); err != nil {
		t.Fatal(err)
	}
	return l, text
}

func TestStagesCanBeHeld(t *testing.T) {
	l, _ := ready(t, confirm)
	light := l.Stage("light", 7, 2, order)
	heavy := l.Load(load.Stage{Name: "heavy", Requests: 12, VUs: 3}, order)
	for _, c := range []struct {
		got  RecordedStage
		name string
		rows int
	}{{light, "light", 7}, {heavy, "heavy", 12}, {l.Recorded("light"), "light", 7}} {
		df, tries := c.got.Frame(), c.got.Attempts()
		if c.got.Stage.Stage != c.name || df.Nrow() != c.rows || tries.Nrow() != c.rows || len(c.got.Operations) != c.rows {
			t.Errorf("stage %s has %d rows and %d attempts, want %s with %d", c.got.Stage.Stage, df.Nrow(), tries.Nrow(), c.name, c.rows)
		}
		if df.Names()[0] != "index" || tries.Names()[1] != "number" {
			t.Errorf("the frames begin with %v and %v", df.Names()[:3], tries.Names()[:3])
		}
	}
	if df := heavy.Frame("latency_ms", "message"); df.Ncol() != 2 || df.Nrow() != 12 {
		t.Errorf("a frame of two columns is %v", df.Names())
	}
	all := l.Frame()
	if all.Nrow() != 19 || all.Elem(0, 0).String() != "light" || all.Elem(18, 0).String() != "heavy" {
		t.Errorf("the frame of all stages has %d rows, the first of %s", all.Nrow(), all.Elem(0, 0))
	}
	if one := l.Frame("heavy"); one.Nrow() != 12 {
		t.Errorf("the frame of stage heavy has %d rows", one.Nrow())
	}
	if joined := Must(frame.Join(heavy.Frame(), heavy.Attempts())); joined.Nrow() != 12 {
		t.Errorf("the attempts with their operations are %d rows", joined.Nrow())
	}
}

func TestAMissingStageIsNamed(t *testing.T) {
	stages := []runs.Stage{{Info: runs.Info{Stage: "light"}}, {Info: runs.Info{Stage: "heavy"}}}
	if _, err := findStage(stages, "hevy"); err == nil || !strings.Contains(err.Error(), `stage "hevy" has not run in this run, which has light, heavy`) {
		t.Errorf("a misspelt stage: %v", err)
	}
	if _, err := findStage(nil, "light"); err == nil || !strings.Contains(err.Error(), "no other has: run its cell first") {
		t.Errorf("a stage of an empty run: %v", err)
	}
}

// TestAnInterruptedStageSaysSo: its frame has what is recorded.
func TestAnInterruptedStageSaysSo(t *testing.T) {
	l, text := ready(t, confirm)
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	w, err := run.Begin(runs.Info{Stage: "cut", Kind: runs.Load, Requests: 10, VUs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(runs.Interrupted, ""); err != nil {
		t.Fatal(err)
	}
	if df := l.Recorded("cut").Frame(); df.Nrow() != 0 || df.Ncol() < 20 {
		t.Errorf("the frame is %d × %d", df.Nrow(), df.Ncol())
	}
	if want := "Note: stage cut is interrupted: 0 of 10 purchases are recorded\n"; !strings.Contains(text.String(), want) {
		t.Errorf("it says %q, want %q", text, want)
	}
}

func TestALargeFrameSaysThatItIsASample(t *testing.T) {
	_, text := ready(t, confirm)
	text.Reset()
	s := RecordedStage{runs.Stage{Info: runs.Info{Stage: "large", State: runs.Complete}, Operations: make([]runs.Operation, 2*frame.SampleRows)}}
	for i := range s.Operations {
		s.Operations[i].Index = int64(i)
	}
	if s.Frame("index", "latency_ms"); text.Len() > 0 {
		t.Errorf("a frame of all rows says %q", text)
	}
	s.Frame()
	if got := text.String(); !strings.Contains(got, "The frame of stage large is an even sample: ") || !strings.Contains(got, ` of 200000 purchases. Name columns to get all rows: Frame("index", "latency_ms")`) || strings.Count(got, "\n") != 1 {
		t.Errorf("a large frame says %q, want one line", got)
	}
}

// heavyTooEarly is what a package-level variable sees.
var heavyTooEarly = func() error { return refuseInitialiser("heavy") }()

func TestStagesRefuseToRunInInitialisers(t *testing.T) {
	if heavyTooEarly == nil {
		t.Fatal("a stage starts in the initialiser of a package-level variable")
	}
	for _, want := range []string{`stage "heavy" was not started`, `heavyTooEarly := lab.Stage(…) below a line %%`, `heavyTooEarly := lab.Recorded("heavy")`, "a cell %rm heavyTooEarly, write"} {
		if !strings.Contains(heavyTooEarly.Error(), want) {
			t.Errorf("it says %q, want %q in it", heavyTooEarly, want)
		}
	}
	if err := refuseInitialiser("heavy"); err != nil {
		t.Errorf("in a function: %v", err)
	}
}

func TestVariableAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(path, []byte("package main\n\nvar (\n\ta, b = f(\n\t\t1)\n\tc = 2\n)\n\nvar _ = f(3)\n\nfunc init() { f(4) }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[int]string{4: "a", 5: "a", 6: "c", 9: "", 11: "", 99: ""} {
		if got := variableAt(path, line); got != want {
			t.Errorf("the variable of line %d is %q, want %q", line, got, want)
		}
	}
	if got := variableAt(path+".not", 4); got != "" {
		t.Errorf("of no file: %q", got)
	}
}

func TestFile(t *testing.T) {
	l, _ := ready(t, confirm)
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	path, err := l.file("heavy.csv")
	if err != nil || path != filepath.Join(run.Dir(), "exports", "heavy.csv") {
		t.Errorf("the file is %s, %v", path, err)
	}
	if _, err := frame.WriteCSV(dataframe.New(series.New([]int{1}, series.Int, "n")), path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if stages, err := run.Stages(); err != nil || len(stages) != 0 {
		t.Errorf("with an export the run has %d stages, %v", len(stages), err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/b.csv"} {
		if _, err := l.file(name); err == nil || !strings.Contains(err.Error(), "want a plain name such as heavy.csv") {
			t.Errorf("file %q: %v", name, err)
		}
	}
}

func TestWideAndLongTables(t *testing.T) {
	columns := make([]series.Series, mostColumns+1)
	for i := range columns {
		columns[i] = series.New(make([]int, mostRows+1), series.Int, "n"+string(rune('a'+i)))
	}
	tab := newTable(dataframe.New(columns...))
	note := "the first 20 of 41 rows; the first 12 of 16 columns, without nm, nn, no, np"
	if !strings.Contains(tab.html(), "<p>"+note+"</p>") || !strings.HasSuffix(tab.text(), "("+note+")\n") || strings.Count(tab.html(), "<tr>") != 21 || strings.Count(tab.html(), "<th>") != 12 {
		t.Errorf("a wide and long table is\n%s", tab.text())
	}
	whole := newTable(dataframe.New(columns[:mostColumns]...).Subset(make([]int, mostRows)))
	if whole.note != "" || len(whole.rows) != mostRows || len(whole.names) != mostColumns {
		t.Errorf("a table of %d rows and %d columns leaves out: %s", mostRows, mostColumns, whole.note)
	}
	if empty := newTable(dataframe.New(columns[:2]...).Subset([]int{})); !strings.Contains(empty.html(), "<p>no rows</p>") || !strings.Contains(empty.text(), "(no rows)") {
		t.Errorf("a table without rows is %q", empty.text())
	}
}
