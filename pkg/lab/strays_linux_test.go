package lab

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// checkNoStrays looks for processes that a run of this test left behind: children of this process or of init whose
// TMPDIR is a workshop's that is gone.
func checkNoStrays(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		_, rest, found := bytes.Cut(environ, []byte("TMPDIR="+filepath.Join(os.TempDir(), "sagalab-")))
		if !found {
			continue
		}
		id, _, _ := bytes.Cut(rest, []byte{0})
		if exists(filepath.Join(os.TempDir(), "sagalab-"+string(id))) {
			continue // somebody else's run, under way
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		t.Errorf("process %d is left: %s", pid, bytes.ReplaceAll(name, []byte{0}, []byte{' '}))
	}
}
