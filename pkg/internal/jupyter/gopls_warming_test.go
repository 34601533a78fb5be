package jupyter

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestWarm has gopls read what notebooks import. Whether Tab is then quick depends on the machine and is not judged here.
func TestWarm(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	w, err := l.openSandbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.warmGopls(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept, _ := filepath.Glob(l.inside("cache", "gopls", "*", "*")); len(kept) == 0 {
		t.Errorf("gopls keeps nothing in %s, where the kernel's looks", l.inside("cache", "gopls"))
	}
}

func TestWarmEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	w, err := l.openSandbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.warmGopls(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("warm with a context that has ended: %v, want %v", err, context.Canceled)
	}
}
