package jupyter

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// checkNoOrphans looks for processes that a run, of this test or of one beside it, left behind: those whose TMPDIR is a
// sandbox's that is gone. One that was killed is none, however long this machine takes to end it.
func checkNoOrphans(t *testing.T) {
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
			continue // of another run that is under way
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if dying(pid) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		t.Errorf("process %d is left: %s", pid, bytes.ReplaceAll(name, []byte{0}, []byte{' '}))
	}
}

// dying reports whether a process has ended, or has been sent a signal that it cannot survive.
func dying(pid int) bool {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return true
	}
	for line := range bytes.Lines(status) {
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":\t"))
		switch string(name) {
		case "State":
			if bytes.HasPrefix(value, []byte("Z")) || bytes.HasPrefix(value, []byte("X")) {
				return true
			}
		case "SigPnd", "ShdPnd":
			if pending, err := strconv.ParseUint(string(value), 16, 64); err == nil && pending&(1<<(syscall.SIGKILL-1)) != 0 {
				return true
			}
		}
	}
	return false
}
