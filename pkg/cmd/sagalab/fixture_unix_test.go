//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNamedPipeIsRefused at once, without waiting for another process to write to it.
func TestNamedPipeIsRefused(t *testing.T) {
	t.Setenv("SAGALAB_API", "http://127.0.0.1:1")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--fixture", "--faults"} {
		if _, _, code, err := invoke(t, "load", "--stage", "light:1x1", flag, pipe); code != 3 || !strings.Contains(err.Error(), flag) || !strings.Contains(err.Error(), "want a regular file") {
			t.Errorf("load %s with a named pipe: code %d, %v; want it refused", flag, code, err)
		}
	}
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	for _, args := range [][]string{{"load", "--stage", "light:1x1", "--adapter", pipe}, {"api", "check", pipe}} {
		if _, _, code, err := invoke(t, args...); code != 3 || !strings.Contains(err.Error(), pipe+": it is a pipe") {
			t.Errorf("%v: code %d, %v; want it refused with the name of the pipe", args, code, err)
		}
	}
}
