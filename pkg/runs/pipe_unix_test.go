//go:build unix

package runs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Reading a run waits for no named pipe that stands in the place of a file.
func TestPipeHangsNothing(t *testing.T) {
	for _, file := range []string{runFile, infoFile, journalFile, operationsFile, attemptsFile} {
		store, r := newRun(t)
		w := begin(t, r, "s", 10)
		if err := w.Append(records("s", 0, 10)); err != nil {
			t.Fatal(err)
		}
		if file == journalFile {
			w.abandon()
		} else if err := w.Finish(Complete, ""); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(w.Dir(), file)
		if file == runFile {
			path = filepath.Join(r.Dir(), file)
		}
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o644)); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			again, err := store.Open(r.ID)
			if err == nil {
				_, err = again.Overviews()
			}
			if err == nil {
				_, err = again.Stages()
			}
			done <- err
		}()
		select {
		case err := <-done:
			var damage *DamageError
			if !errors.As(err, &damage) || damage.File != path {
				t.Errorf("a pipe for %s: %v, want a DamageError that names it", file, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("a pipe for %s: reading hangs", file)
		}
	}
}
