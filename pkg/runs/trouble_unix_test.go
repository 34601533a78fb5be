//go:build unix

package runs

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// A directory that is removed while a stage runs ends the recording at once. Unix would
// still write to the removed file; Windows refuses to remove one that is open.
func TestRemovedDirectoryIsNamed(t *testing.T) {
	_, r := newRun(t)
	w := begin(t, r, "s", 10)
	if err := w.Append(records("s", 0, 5)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.Dir()); err != nil {
		t.Fatal(err)
	}
	var removed *RemovedError
	if err := w.Append(records("s", 5, 10)); !errors.As(err, &removed) || !strings.Contains(err.Error(), "was removed") {
		t.Errorf("Append after the directory was removed = %v, want a RemovedError", err)
	}
	if err := w.Finish(Aborted, ""); !errors.As(err, &removed) {
		t.Errorf("Finish = %v, want a RemovedError", err)
	}
}
