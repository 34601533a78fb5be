package jupyter

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledSetUpLeavesNothing kills a process that is in a step of set-up, as kill -9 does, and looks for what the step
// had started: a child, which has a child of its own.
func TestKilledSetUpLeavesNothing(t *testing.T) {
	const part = "SAGALAB_TEST_STEP"
	if file := os.Getenv(part); file != "" {
		watch := newCommandLog(new(bytes.Buffer), "step")
		_ = runWatched(context.Background(), watch, "", os.Environ(), "sh", "-c", "sleep 1000 & echo $! >"+file+"; wait")
		os.Exit(1) // it was to be killed
	}
	file := filepath.Join(t.TempDir(), "pid")
	mark := part + "=" + file
	killed := exec.Command(os.Args[0], "-test.run=^TestKilledSetUpLeavesNothing$")
	killed.Env = append(os.Environ(), mark)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killed.Process.Kill(); killed.Wait() })
	for text := ""; !strings.HasSuffix(text, "\n"); time.Sleep(10 * time.Millisecond) {
		raw, _ := os.ReadFile(file) // not there yet
		if text = string(raw); t.Context().Err() != nil {
			t.Fatal("the step did not begin")
		}
	}
	if n := len(processesWith([]byte(mark))); n < 4 {
		t.Fatalf("%d processes of the step run, want the set-up, its shell, the child and the grandchild", n)
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed.Wait()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := processesWith([]byte(mark))
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("processes %v are left a minute after their set-up was killed", left)
		}
	}
}
