//go:build unix

package bench

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRunEndsTheWholeGroup: an interrupted child and its own children end.
func TestRunEndsTheWholeGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	pids := make(chan int, 1)
	go func() {
		for ; ; time.Sleep(10 * time.Millisecond) {
			text, _ := os.ReadFile(file)
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bytes.HasSuffix(text, []byte("\n")) {
				pids <- pid
				cancel(stopped)
				return
			}
		}
	}()
	script := `trap 'echo asked; exit 1' TERM; (trap '' TERM; exec sleep 600) >/dev/null 2>&1 & echo $! > "$FILE"; wait`
	c, err := program{path: "sh", args: []string{"-c", script}, env: []string{"FILE=" + file}}.run(ctx)
	if !errors.Is(err, stopped) || c.Out != "asked\n" {
		t.Errorf("run = %q, %v; want %v, and that it was asked to end before it was killed", c.Out, err, stopped)
	}
	pid := <-pids
	for range 500 {
		if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err != nil || strings.Contains(string(text), ") Z ") || syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the grandchild %d lives on", pid)
}
