package runs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A directory that is removed while a stage runs ends the recording at once; on Unix
// the removed file could still be written to.
func TestRemovedDirectoryIsNamed(t *testing.T) {
	_, r := newRun(t)
	w := begin(t, r, "s", 10)
	if err := w.Append(records("s", 0, 5)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.Dir()); err != nil {
		t.Skip(err) // Windows removes no open file
	}
	var removed *RemovedError
	if err := w.Append(records("s", 5, 10)); !errors.As(err, &removed) || !strings.Contains(err.Error(), "was removed") {
		t.Errorf("Append after the directory was removed = %v, want a RemovedError", err)
	}
	if err := w.Finish(Aborted, ""); !errors.As(err, &removed) {
		t.Errorf("Finish = %v, want a RemovedError", err)
	}
}

// The failure of a table, which is written less often than the journal, ends the stage
// when it happens.
func TestFailedTableEndsTheStage(t *testing.T) {
	defer func(n int) { rowGroup = n }(rowGroup)
	rowGroup = 2000
	_, r := newRun(t)
	w := begin(t, r, "s", 10)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	w.operations.(*parquetWriter[Operation]).sums.to = full
	for n := 0; n < 200; n++ {
		if err = w.Append(records("s", n*1000, n*1000+1000)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("Append = %v, want that the disk is full", err)
	}
	w.abandon()
}

// What cannot be read as a run does not hide the others, and says which file it is.
func TestDamagedRunHidesNoOther(t *testing.T) {
	store, r := newRun(t)
	other, err := store.Create("other", "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(other.Dir(), runFile)
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	list, unreadable, err := store.ListAll()
	var damage *DamageError
	if err != nil || len(list) != 1 || list[0].ID != r.ID || len(unreadable) != 1 || unreadable[0].ID != other.ID || !errors.As(unreadable[0].Err, &damage) || damage.File != path {
		t.Errorf("ListAll() = %v, %v, %v; want the one and the damage of the other", list, unreadable, err)
	}
	if _, err := store.Find("last"); !errors.As(err, &damage) {
		t.Errorf("Find of the last run, which is damaged: %v, want a DamageError", err)
	}
	if got, err := store.Find("last~1"); err != nil || got.ID != r.ID {
		t.Errorf("Find of the one before = %v, %v", got, err)
	}
}
