package runs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// onDisk makes OpenStages leave the rows of all stages on disk, in small row groups.
func onDisk(t *testing.T) {
	t.Helper()
	was, group := maxInMemory, rowGroup
	maxInMemory, rowGroup = -1, 700
	t.Cleanup(func() { maxInMemory, rowGroup = was, group })
}

// randomRecords are n records of random outcomes, in the order of their ends.
func randomRecords(rnd *rand.Rand, stage string, n int) []Record {
	list := records(stage, 0, n)
	for i := range list {
		o := &list[i].Operation
		o.LatencyMS, o.EndTS = rnd.ExpFloat64()*50, o.EndTS.Add(time.Duration(rnd.IntN(1e9)))
		if rnd.IntN(4) == 0 {
			o.Success, o.StatusStr, o.Outcome, o.Status = false, "failure", []purchase.Outcome{purchase.Failed, purchase.Unknown}[rnd.IntN(2)], 503
			o.Reason = fmt.Sprintf("reason %d", rnd.IntN(6))
			o.Message = fmt.Sprintf("the service answered %d", i)
		}
	}
	rnd.Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// checkStored compares the run's stages on disk with the same in memory, and returns those
// on disk.
func checkStored(t *testing.T, r Run) []Stage {
	t.Helper()
	stored, err := r.OpenStages()
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.Stages()
	if err != nil || len(want) != len(stored) {
		t.Fatalf("Stages() = %d stages, %v; OpenStages %d", len(want), err, len(stored))
	}
	for i := range want {
		checkSame(t, stored[i], want[i])
		got, err := stored[i].ReadRows()
		if err != nil || got.OnDisk() || !reflect.DeepEqual(got, want[i]) {
			t.Errorf("stage %s: ReadRows differs from Stages (%v)", want[i].Stage, err)
		}
	}
	return stored
}

// checkSame compares a stage wherever its rows are with one in memory.
func checkSame(t *testing.T, got, want Stage) {
	t.Helper()
	name := want.Stage
	if !reflect.DeepEqual(got.Info, want.Info) {
		t.Errorf("stage %s: %+v, want %+v", name, got.Info, want.Info)
	}
	if got.OperationCount() != len(want.Operations) || got.AttemptCount() != len(want.Attempts) {
		t.Fatalf("stage %s: %d operations, %d attempts; want %d, %d", name, got.OperationCount(), got.AttemptCount(), len(want.Operations), len(want.Attempts))
	}
	var operations []Operation
	for o := range got.EachOperation() {
		operations = append(operations, *o)
	}
	slices.SortFunc(operations, func(a, b Operation) int { return cmp.Compare(a.Index, b.Index) })
	if !slices.Equal(operations, want.Operations) {
		t.Errorf("stage %s: EachOperation differs", name)
	}
	var attempts []Attempt
	for a := range got.EachAttempt() {
		attempts = append(attempts, *a)
	}
	slices.SortFunc(attempts, func(a, b Attempt) int { return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number)) })
	if !slices.Equal(attempts, want.Attempts) {
		t.Errorf("stage %s: EachAttempt differs", name)
	}
	if x, y := fmt.Sprintf("%+v", Summarize(got)), fmt.Sprintf("%+v", Summarize(want)); x != y { // NaN is equal so
		t.Errorf("stage %s: summary %s, want %s", name, x, y)
	}
	if x, y := Reasons(got), Reasons(want); !slices.Equal(x, y) {
		t.Errorf("stage %s: reasons %v, want %v", name, x, y)
	}
	if x, y := got.Notes(true), want.Notes(true); !slices.Equal(x, y) {
		t.Errorf("stage %s: notes %q, want %q", name, x, y)
	}
	if got.Wall() != want.Wall() {
		t.Errorf("stage %s: wall %v, want %v", name, got.Wall(), want.Wall())
	}
}

// TestOpenStages: stages of any size and end give on disk what they give in memory.
func TestOpenStages(t *testing.T) {
	onDisk(t)
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		_, r := newRun(t)
		for i, n := range []int{0, 1, 2, 1023, 1400, 1 + rnd.IntN(4000)} {
			name := fmt.Sprint("stage ", i)
			list := randomRecords(rnd, name, n)
			w := begin(t, r, name, n+5)
			err := w.Append(list)
			if i%2 == 1 { // what waits for a retry when the stage is stopped
				waits := record(name, n+1)
				err = errors.Join(err, w.AppendWaiting([]Record{waits}))
			}
			if err = errors.Join(err, w.Finish([]string{Complete, Interrupted}[i%2], "")); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range checkStored(t, r) {
			if !s.OnDisk() || s.Operations != nil || s.Attempts != nil {
				t.Errorf("stage %s has its rows in memory", s.Stage)
			}
		}
		only, err := r.OpenStages("stage 2", "unknown")
		if err != nil || len(only) != 1 || only[0].Stage != "stage 2" {
			t.Errorf("OpenStages of one name = %d stages, %v", len(only), err)
		}
	}
}

// TestOpenStagesInMemory: the rows of few operations are in memory, those of more are not.
func TestOpenStagesInMemory(t *testing.T) {
	_, r := newRun(t)
	for _, name := range []string{"a", "b"} {
		w := begin(t, r, name, 10)
		if err := errors.Join(w.Append(records(name, 0, 10)), w.Finish(Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	onDisk(t)
	for most, want := range map[int]bool{20: false, 19: true} { // the sum counts
		maxInMemory = most
		for _, s := range checkStored(t, r) {
			if s.OnDisk() != want {
				t.Errorf("of 20 operations, %d at most in memory: stage %s is on disk: %v", most, s.Stage, s.OnDisk())
			}
		}
	}
}

// TestStoredStageOfADeadProcess: the journal is finished on disk, where that is possible, and
// a stage that runs is read from its journal.
func TestStoredStageOfADeadProcess(t *testing.T) {
	onDisk(t)
	rnd := rand.New(rand.NewPCG(9, 9))
	for _, journalOnly := range []bool{false, true} {
		_, r := newRun(t)
		list := randomRecords(rnd, "dead", 2500)
		w := begin(t, r, "dead", 3000)
		waiting := []Record{record("dead", 2600), record("dead", 2601), list[17]} // of one, the end was recorded before
		if err := errors.Join(w.Append(list), w.AppendWaiting(waiting)); err != nil {
			t.Fatal(err)
		}
		if s := checkStored(t, r)[0]; s.OnDisk() || s.OperationCount() != 2500 {
			t.Errorf("while it runs: %d operations, on disk: %v", s.OperationCount(), s.OnDisk())
		}
		w.abandon() // which unlocks the journal, as the end of the process does
		if journalOnly {
			for _, file := range []string{operationsFile, attemptsFile} { // so that tables cannot be published
				if err := os.MkdirAll(filepath.Join(w.Dir(), file, "x"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
		}
		s := checkStored(t, r)[0]
		if s.OnDisk() == journalOnly || s.OperationCount() != 2502 || s.Info.Unfinished != 2 || s.State != Interrupted {
			t.Errorf("journal only %v: %d operations, %d unfinished, %s, on disk: %v; want 2502, 2", journalOnly, s.OperationCount(), s.Info.Unfinished, s.State, s.OnDisk())
		}
	}
}

// TestStoredStageByWorker: the parts of a fleet's stage are the same as in memory, and the
// part of a part, too.
func TestStoredStageByWorker(t *testing.T) {
	onDisk(t)
	_, r := newRun(t)
	list := randomRecords(rand.New(rand.NewPCG(3, 3)), "fleet", 3000)
	list[5].Operation.Index += 1e9 // far from the others
	for i := range list[5].Attempts {
		list[5].Attempts[i].Index += 1e9
	}
	w := begin(t, r, "fleet", len(list))
	w.UpdateInfo(func(i *Info) { i.WorkerResults = []WorkerResult{{Worker: "a"}, {Worker: "b"}, {Worker: "c"}} })
	if err := errors.Join(w.Append(list), w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	stored, whole := checkStored(t, r)[0], onlyStage(t, r)
	want := whole.ByWorker()
	for i, part := range stored.ByWorker() {
		checkSame(t, part, want[i])
		again := want[i].ByWorker()
		for j, p := range part.ByWorker() {
			checkSame(t, p, again[j])
		}
		read, err := part.ReadRows()
		if err != nil || !reflect.DeepEqual(read, want[i]) {
			t.Errorf("part %d: ReadRows differs (%v)", i, err)
		}
	}
}

// TestChosenColumns: of rows on disk the chosen columns are set, and no others; a loop may
// end early; a column that does not exist is a panic.
func TestChosenColumns(t *testing.T) {
	onDisk(t)
	_, r := newRun(t)
	w := begin(t, r, "s", 2000)
	if err := errors.Join(w.Append(records("s", 0, 2000)), w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	s, n := checkStored(t, r)[0], 0
	for o := range s.EachOperation("index", "key") {
		if want := (Operation{Index: int64(n), Key: fmt.Sprint("key-", n)}); *o != want {
			t.Fatalf("operation %d = %+v, want %+v", n, *o, want)
		}
		if n++; n == 1500 {
			break
		}
	}
	if n != 1500 {
		t.Errorf("%d rows before the break, want 1500", n)
	}
	for _, stage := range []Stage{s, onlyStage(t, r)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("on disk %v: no panic for a column that does not exist", stage.OnDisk())
				}
			}()
			stage.EachAttempt("latency")
		}()
	}
}

// TestStoredColumnsMayBeMissing reads tables of before columns were added.
func TestStoredColumnsMayBeMissing(t *testing.T) {
	onDisk(t)
	type before struct { // the attempts' first columns
		Stage  string `parquet:"stage,dict"`
		Index  int64  `parquet:"index"`
		Number int64  `parquet:"number"`
		Kind   string `parquet:"kind,dict"`
	}
	_, r := newRun(t)
	w := begin(t, r, "old", 3)
	table, err := createTable[before](filepath.Join(w.Dir(), attemptsFile))
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(3) {
		table.add(before{"old", i, 1, "original"})
	}
	list := records("old", 0, 3)
	for i := range list {
		w.operations.add(rowOf(&list[i].Operation))
	}
	w.info.State = Complete
	w.attempts.discard()
	if err := errors.Join(finishOld(w, table), w.journal.close(), os.Remove(filepath.Join(w.Dir(), journalFile))); err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for a := range checkStored(t, r)[0].EachAttempt() {
		if want := (Attempt{Stage: "old", Index: n, Number: 1, Kind: "original"}); *a != want {
			t.Errorf("attempt %d = %+v, want %+v", n, *a, want)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
}

func finishOld[T any](w *Writer, attempts tableWriter[T]) error {
	err := errors.Join(w.operations.close(), attempts.close(), w.operations.publish(), attempts.publish())
	return errors.Join(err, writeInfo(w.dir, w.info, fileSums{operationsFile: w.operations.sum(), attemptsFile: attempts.sum()}))
}

// TestDamagedOpenStages: damage is found when the stage is opened, with the same words
// as in memory; later damage is an error of CatchDamage, ReadRows and those who use them.
func TestDamagedOpenStages(t *testing.T) {
	onDisk(t)
	for _, file := range []string{operationsFile, attemptsFile} {
		_, r := newRun(t)
		w := begin(t, r, "s", 2000)
		if err := errors.Join(w.Append(records("s", 0, 2000)), w.Finish(Complete, "")); err != nil {
			t.Fatal(err)
		}
		opened := checkStored(t, r)[0]
		path := filepath.Join(w.Dir(), file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, damage := range map[string]func() error{
			"flipped":   func() error { text[len(text)/2] ^= 4; return os.WriteFile(path, text, 0o644) },
			"truncated": func() error { return os.WriteFile(path, text[:len(text)/2], 0o644) },
			"missing":   func() error { return os.Remove(path) },
		} {
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			_, want := r.Stages()
			_, got := r.OpenStages()
			var d *DamageError
			if !errors.As(got, &d) || want == nil || got.Error() != want.Error() {
				t.Errorf("%s %s: OpenStages says %v, Stages %v", file, name, got, want)
			}
			if name == "flipped" {
				continue // reading may not notice
			}
			if err := readAllRows(opened); !errors.As(err, &d) || (name == "missing") != errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %s after it was opened: %v", file, name, err)
			}
			if _, err := opened.ReadRows(); !errors.As(err, &d) {
				t.Errorf("%s %s after it was opened: ReadRows %v", file, name, err)
			}
		}
	}
}

func readAllRows(s Stage) (err error) {
	defer CatchDamage(&err)
	for range s.EachOperation() {
	}
	for range s.EachAttempt() {
	}
	return nil
}

// TestColumnsHaveAllFields: a field that is added is read, too.
func TestColumnsHaveAllFields(t *testing.T) {
	checkFields(t, reflect.TypeFor[operationRow](), operationColumns)
	checkFields(t, reflect.TypeFor[Attempt](), attemptColumns)
}

func checkFields[T any](t *testing.T, row reflect.Type, columns []tableColumn[T]) {
	t.Helper()
	var names []string
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
		names = append(names, name)
	}
	for i, c := range columns {
		if i >= len(names) || names[i] != c.name {
			t.Errorf("%s: column %d is %s, the fields are %q", row, i, c.name, names)
		}
	}
	if len(names) != len(columns) {
		t.Errorf("%s has %d fields and %d columns", row, len(names), len(columns))
	}
}
