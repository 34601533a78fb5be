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

func TestRunOfAProgram(t *testing.T) {
	sh := func(script string) program {
		return program{path: "sh", args: []string{"-c", script}, env: []string{"WORD=yes"}}
	}
	c, err := sh(`echo $WORD`).run(t.Context())
	if err != nil || c.Out != "yes\n" || c.Wall <= 0 {
		t.Errorf("echo: %+v, %v; want it to say yes", c, err)
	}
	if _, err := sh(`echo no room >&2; exit 3`).run(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 3: no room") {
		t.Errorf("exit 3: %v, want its code and its last words", err)
	}
	if _, err := (program{path: "/no/such"}).run(t.Context()); err == nil {
		t.Error("no such program: no error")
	}
	busy, err := sh(`i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`).run(t.Context())
	if err != nil || busy.CPU <= 0 || busy.RSSMB <= 0 {
		t.Errorf("a busy loop: %+v, %v; want CPU time and memory", busy, err)
	}
}

// A child that is interrupted takes its own children with it.
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

func TestHostEndsWithItsInput(t *testing.T) {
	h, err := startHost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.set(t.Context(), Plan{Hide: 2}); err == nil || !strings.Contains(err.Error(), "hidden share is 2") {
		t.Errorf("a plan that hides 2: %v, want it refused", err)
	}
	if err := h.set(t.Context(), Plan{Seed: 1}); err != nil {
		t.Error(err)
	}
	if r, err := send(t.Context(), h.api+"/purchase", 20, 4, true); err != nil || r != (sent{Requests: 20}) {
		t.Errorf("send = %+v, %v; want 20 requests", r, err)
	}
	if c, err := h.counts(t.Context()); err != nil || c.Requests != 20 || c.Keyed != 20 {
		t.Errorf("counts = %+v, %v; want 20 with a key", c, err)
	}
	if err := h.end(); err != nil {
		t.Error(err)
	}
}

func TestRole(t *testing.T) {
	for _, args := range [][]string{nil, {"--quick"}, {"serve", "x"}, {roleMark}} {
		if ok, err := Role(t.Context(), args, nil, nil); ok || err != nil {
			t.Errorf("Role(%q) = %v, %v; want it to be none", args, ok, err)
		}
	}
	if ok, err := Role(t.Context(), []string{roleMark, "dance"}, nil, nil); !ok || err == nil {
		t.Errorf("Role(dance) = %v, %v; want an error", ok, err)
	}
}
