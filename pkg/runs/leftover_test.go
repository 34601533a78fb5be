package runs

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sagalab/pkg/internal/osfile"
)

// diedWriter is a stage of records whose process died: its journal is not locked, and its unfinished
// tables are there.
func diedWriter(t *testing.T, r Run, n int) *Writer {
	t.Helper()
	w := begin(t, r, "s", n)
	records := make([]Record, n)
	for i := range records {
		records[i] = record("s", i)
	}
	if err := errors.Join(w.Append(records), w.journal.close()); err != nil {
		t.Fatal(err)
	}
	if got := leftovers(w.Dir()); len(got) != 2 {
		t.Fatalf("the unfinished tables are %q", got)
	}
	return w
}

// TestLeftoversAreRemoved by the reader that finishes the stage, and, of a reader that died, by the
// next one.
func TestLeftoversAreRemoved(t *testing.T) {
	_, r := newRun(t)
	w := diedWriter(t, r, 20)
	foreign := filepath.Join(w.Dir(), ".notes")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s := onlyStage(t, r); len(s.Operations) != 20 || s.State != Interrupted {
			t.Fatalf("%s with %d operations", s.State, len(s.Operations))
		}
		if got := leftovers(w.Dir()); len(got) != 0 {
			t.Errorf("%q are left", got)
		}
		if err := os.WriteFile(filepath.Join(w.Dir(), ".attempts.parquet-123"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file of others is gone: %v", err)
	}
}

// TestLeftoversOfOneThatWrites stay until it has ended: a reader that finishes the stage has the
// journal locked.
func TestLeftoversOfOneThatWrites(t *testing.T) {
	_, r := newRun(t)
	w := diedWriter(t, r, 20)
	other, _, err := openJournal(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if s := onlyStage(t, r); len(s.Operations) != 20 {
		t.Fatalf("%d operations", len(s.Operations))
	}
	if got := leftovers(w.Dir()); len(got) != 2 {
		t.Errorf("%q are left, want both", got)
	}
	other.Close()
	if s := onlyStage(t, r); len(s.Operations) != 20 || len(leftovers(w.Dir())) != 0 {
		t.Errorf("%d operations, and %q are left", len(s.Operations), leftovers(w.Dir()))
	}
}

// TestReadersThatRemoveLeftovers at once all read the stage, which has ended for each.
func TestReadersThatRemoveLeftovers(t *testing.T) {
	_, r := newRun(t)
	w := diedWriter(t, r, 200)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				stages, err := r.Stages()
				entries, errEntries := r.Entries()
				if err := errors.Join(err, errEntries); err != nil || len(stages[0].Operations) != 200 || stages[0].State != Interrupted || entries[0].State != Interrupted {
					t.Errorf("%v: %+v", err, entries)
				}
			}
		})
	}
	wait.Wait()
	onlyStage(t, r)
	if got := leftovers(w.Dir()); len(got) != 0 {
		t.Errorf("%q are left", got)
	}
}

// TestEntryWhileLeftoversAreRemoved: that the journal seems to be in use does not make a stage that
// has ended meanwhile one that runs.
func TestEntryWhileLeftoversAreRemoved(t *testing.T) {
	_, r := newRun(t)
	w := diedWriter(t, r, 2)
	onlyStage(t, r)
	own, err := osfile.OpenRegular(filepath.Join(w.Dir(), journalFile), false)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if err := osfile.TryLock(own, osfile.Exclusive); err != nil {
		t.Fatal(err)
	}
	stale := w.info // as it was read before another reader ended the stage
	if e := entryOf(w.Dir(), stale); e.State != Interrupted {
		t.Errorf("the entry is %s", e.State)
	}
}
