package lab

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSetUpAgainDoesNothing(t *testing.T) {
	l := readyLab(t)
	if err := l.SetUp(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var progress bytes.Buffer
	if err := l.SetUp(t.Context(), &progress); err != nil || progress.Len() != 0 {
		t.Errorf("SetUp again: error %v, progress %q; want neither", err, progress.String())
	}
}

func TestStagesRunAgainWhenTheirInputsChange(t *testing.T) {
	l := readyLab(t)
	chain, err := findToolchain(t.Context(), l.Root())
	if err != nil {
		t.Fatal(err)
	}
	newer := chain
	newer.Version = "go9.9"
	moved := &Lab{root: t.TempDir()}
	for _, trial := range []struct {
		name  string
		lab   *Lab
		chain toolchain
		want  []bool // done: Jupyter, tools, settings, packages
	}{
		{"nothing changed", l, chain, []bool{true, true, true, true}},
		{"another Go", l, newer, []bool{true, false, true, false}},
		{"another directory", moved, chain, []bool{false, false, false, false}},
	} {
		rec := l.readRecord()
		for i, s := range trial.lab.stages(trial.chain, &rec) {
			if got := s.done(); got != trial.want[i] {
				t.Errorf("%s: %s is done: %v, want %v", trial.name, s.name, got, trial.want[i])
			}
		}
	}
}

func TestSetUpMendsWhatIsDamaged(t *testing.T) {
	l := readyLab(t)
	if err := os.WriteFile(l.kernelFile(headlessKernel), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.SetUp(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(l.kernelFile(headlessKernel)); err != nil || !bytes.Contains(got, []byte("-go_work="+l.Root())) {
		t.Errorf("kernel.json after SetUp: %s, %v", got, err)
	}
}

func TestSetUpEndsWithItsContext(t *testing.T) {
	l := &Lab{root: t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.SetUp(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("SetUp with an ended context: %v, want context.Canceled", err)
	}
}

// TestWithoutPyPI lets pip ask a port where nobody listens, with a PATH that holds only what the trial gives.
func TestWithoutPyPI(t *testing.T) {
	ours := readyLab(t).readRecord().Jupyter.Python
	python, err := findPython(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
	t.Setenv("PIP_FIND_LINKS", "")
	t.Setenv("PIP_NO_INDEX", "")
	watch := newWatcher(new(bytes.Buffer))
	defer watch.stop()

	t.Run("jupyter on PATH", func(t *testing.T) {
		bin := t.TempDir()
		forward(t, python, filepath.Join(bin, "python3"))
		if err := os.WriteFile(filepath.Join(bin, "jupyter"), []byte("#!"+ours+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin)
		l := &Lab{root: t.TempDir()}
		got, err := l.provideJupyter(t.Context(), watch)
		if err != nil || got.Python != ours || got.Module != "jupyterlab" {
			t.Errorf("provideJupyter: %+v, %v; want %s", got, err, ours)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		bin := t.TempDir()
		forward(t, python, filepath.Join(bin, "python3"))
		t.Setenv("PATH", bin) // no apt-get either
		l := &Lab{root: t.TempDir()}
		_, err := l.provideJupyter(t.Context(), watch)
		var none *NoJupyterError
		if !errors.As(err, &none) || none.Command == "" || !strings.Contains(err.Error(), none.Command) {
			t.Errorf("provideJupyter: %v, want a *NoJupyterError with a command", err)
		}
	})
	t.Run("no Python", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := findPython(t.Context()); err == nil || !strings.Contains(err.Error(), "no python3 on PATH") {
			t.Errorf("findPython: %v", err)
		}
	})
}

// forward makes a program that runs another one. It is no symbolic link, because an interpreter looks for its library
// beside the path it was started by.
func forward(t *testing.T, to, at string) {
	t.Helper()
	if err := os.WriteFile(at, []byte("#!/bin/sh\nexec "+to+" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindPythonSaysWhatIsWrong(t *testing.T) {
	for _, trial := range []struct{ name, script, want string }{
		{"old", "echo is older than 3.11; exit 1", "is older than 3.11"},
		{"broken", "exit 127", "no Python 3.11 or newer"},
	} {
		t.Run(trial.name, func(t *testing.T) {
			bin := t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, "python3"), []byte("#!/bin/sh\n"+trial.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin)
			if _, err := findPython(t.Context()); err == nil || !strings.Contains(err.Error(), trial.want) {
				t.Errorf("findPython: %v, want %q in it", err, trial.want)
			}
		})
	}
}

func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "lock")
	release, err := lock(t.Context(), path, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	var progress bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, path, &progress); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(progress.String(), "waiting") {
		t.Errorf("lock while it is held: error %v, progress %q; want the deadline, and a word", err, progress.String())
	}
	release()
	again, err := lock(t.Context(), path, new(bytes.Buffer))
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	again()
}

func TestInterpreterOf(t *testing.T) {
	for _, trial := range []struct{ content, want string }{
		{"#!/usr/bin/python3\nimport x\n", "/usr/bin/python3"},
		{"#! /usr/bin/python3 -I\n", "/usr/bin/python3"},
		{"#!/usr/bin/env python3\n", "python3"},
		{"#!/bin/sh\nexec python3\n", ""},
		{"#!/usr/bin/python3", "/usr/bin/python3"},
		{"python", ""},
		{"", ""},
	} {
		path := filepath.Join(t.TempDir(), "jupyter")
		if err := os.WriteFile(path, []byte(trial.content), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := interpreterOf(path); got != trial.want {
			t.Errorf("interpreterOf(%q) = %q, want %q", trial.content, got, trial.want)
		}
	}
	if got := interpreterOf("/nowhere"); got != "" {
		t.Errorf("interpreterOf of no file = %q", got)
	}
}

func TestRunLeavesNoGrandchild(t *testing.T) {
	watch := newWatcher(new(bytes.Buffer))
	defer watch.stop()
	pidFile := filepath.Join(t.TempDir(), "pid")
	err := runWatched(t.Context(), watch, "", os.Environ(), "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $! > "+pidFile+"; echo last words; exit 4")
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 4 || !strings.Contains(err.Error(), "last words") {
		t.Errorf("runWatched: %v, want exit status 4 with the last words", err)
	}
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", strings.TrimSpace(string(pid))).Output()
	if err == nil && !strings.HasPrefix(string(state), "Z") {
		t.Errorf("the grandchild lives, in state %s", state)
	}
}
