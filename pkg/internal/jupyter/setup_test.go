package jupyter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSetUpAgainDoesNothing(t *testing.T) {
	l := readyLab(t)
	everything := Setup{Explore: true}
	if err := l.SetUp(t.Context(), everything); err != nil {
		t.Fatal(err)
	}
	var progress bytes.Buffer
	everything.Progress = &progress
	if err := l.SetUp(t.Context(), everything); err != nil || progress.Len() != 0 {
		t.Errorf("SetUp again: error %v, progress %q; want neither", err, progress.String())
	}
}

func TestStepsRunAgainWhenTheirInputsChange(t *testing.T) {
	l := readyLab(t)
	chain, err := findToolchain(t.Context(), l.Root())
	if err != nil {
		t.Fatal(err)
	}
	newer, elsewhere := chain, chain
	newer.Version = "go9.9"
	elsewhere.ModuleCache = t.TempDir()
	moved := &Installation{root: t.TempDir()}
	for _, trial := range []struct {
		name  string
		lab   *Installation
		chain toolchain
		want  []bool // done: Jupyter's libraries, JupyterLab, the kernel, gopls, settings, cells
	}{
		{"nothing changed", l, chain, []bool{true, true, true, true, true, true}},
		{"another Go", l, newer, []bool{true, true, false, false, true, false}},
		{"another module cache", l, elsewhere, []bool{true, true, true, true, true, false}},
		{"another directory", moved, chain, []bool{false, false, false, false, false, false}},
	} {
		s := &setupRun{lab: trial.lab, Setup: Setup{Explore: true}, chain: trial.chain, record: l.readRecord()}
		var got []bool
		for _, lane := range s.parallelSteps() {
			for _, p := range lane {
				got = append(got, s.isDone(p))
			}
		}
		if !slices.Equal(got, trial.want) {
			t.Errorf("%s: steps are done: %v, want %v", trial.name, got, trial.want)
		}
	}
}

// TestRunNeedsNoEditor: what only a person who explores needs is not part of what executing needs.
func TestRunNeedsNoEditor(t *testing.T) {
	s := &setupRun{lab: &Installation{root: t.TempDir()}, record: setupRecord{Steps: map[string]string{}}}
	for _, lane := range s.parallelSteps() {
		for _, p := range lane {
			if strings.Contains(p.name, "gopls") || strings.Contains(p.name, "JupyterLab") {
				t.Errorf("to execute a notebook, %s is set up", p.name)
			}
		}
	}
	for _, name := range []string{"jupyterlab==", "ipykernel==", "jupyter_server=="} {
		if strings.Contains(requirements, name) || !strings.Contains(requirementsLab, name) {
			t.Errorf("%s is in requirements.txt, or not in requirements-lab.txt", name)
		}
	}
}

// TestSetUpMendsWhatIsDamaged works on a lab of its own: in the checkout's, tests of other packages execute notebooks at
// the same time.
func TestSetUpMendsWhatIsDamaged(t *testing.T) {
	chain, err := findToolchain(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	l := &Installation{root: t.TempDir()}
	s := &setupRun{lab: l, chain: chain, record: l.readRecord()}
	settings := []step{s.kernelStep()}
	for _, damage := range []string{"{", ""} {
		if damage != "" {
			if err := writeFile(l.kernelFile(headlessKernel), []byte(damage)); err != nil {
				t.Fatal(err)
			}
		} else if err := os.RemoveAll(l.inside("bin")); err != nil {
			t.Fatal(err)
		}
		if s.isDone(settings[0]) {
			t.Fatalf("with the kernel.json %q, or without the kernel's go command, the step is done", damage)
		}
		if err := s.runInOrder(t.Context(), settings, io.Discard); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(l.kernelFile(headlessKernel)); err != nil || !bytes.Contains(got, []byte("-go_work="+l.Root())) || !s.isDone(settings[0]) {
			t.Errorf("kernel.json after the step: %s, %v; done: %v", got, err, s.isDone(settings[0]))
		}
	}
}

func TestSetUpEndsWithItsContext(t *testing.T) {
	l := &Installation{root: t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.SetUp(ctx, Setup{}); !errors.Is(err, context.Canceled) {
		t.Errorf("SetUp with an ended context: %v, want context.Canceled", err)
	}
}

// TestWithoutPyPI lets pip ask a port without a listener, with a PATH that holds only what the trial gives.
func TestWithoutPyPI(t *testing.T) {
	ours := readyLab(t).readRecord().Jupyter.Python
	python, err := findPython(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
	t.Setenv("PIP_FIND_LINKS", "")
	t.Setenv("PIP_NO_INDEX", "")
	t.Run("jupyter on PATH", func(t *testing.T) {
		bin := t.TempDir()
		forward(t, python, filepath.Join(bin, "python3"))
		if err := os.WriteFile(filepath.Join(bin, "jupyter"), []byte("#!"+ours+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin)
		got, err := provide(t, Setup{}, io.Discard)
		if err != nil || got.Python != ours || got.Module != "jupyterlab" {
			t.Errorf("provideJupyter: %+v, %v; want %s", got, err, ours)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		bin := t.TempDir()
		forward(t, python, filepath.Join(bin, "python3"))
		t.Setenv("PATH", bin) // no apt-get either
		_, err := provide(t, Setup{}, io.Discard)
		var none *NoJupyterError
		if !errors.As(err, &none) || none.Command == "" || !strings.Contains(err.Error(), none.Command) {
			t.Errorf("provideJupyter: %v, want a *NoJupyterError with a command", err)
		}
	})
	t.Run("apt-get", func(t *testing.T) { checkAptIsAnnounced(t, python) })
	t.Run("no Python", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := findPython(t.Context()); err == nil || !strings.Contains(err.Error(), "no python3 on PATH") {
			t.Errorf("findPython: %v", err)
		}
	})
}

// provide looks for a Jupyter for an empty checkout.
func provide(t *testing.T, how Setup, progress io.Writer) (installedJupyter, error) {
	t.Helper()
	watch := newCommandLog(progress, "Jupyter")
	defer watch.stop()
	s := &setupRun{lab: &Installation{root: t.TempDir()}, Setup: how}
	return s.provideJupyter(t.Context(), watch)
}

// checkAptIsAnnounced puts an apt-get of the test's own on PATH: it is called only when it is allowed to, and after what
// it will do was said.
func checkAptIsAnnounced(t *testing.T, python string) {
	if os.Geteuid() != 0 || !exists("/etc/debian_version") {
		t.Log("not root on Debian, where apt-get is never called: only that is checked")
	}
	called := filepath.Join(t.TempDir(), "called")
	bin := t.TempDir()
	forward(t, python, filepath.Join(bin, "python3"))
	script := "#!/bin/sh\necho \"$@\" >>" + called + "\nexit 100\n"
	if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	var none *NoJupyterError
	if _, err := provide(t, Setup{NoApt: true}, io.Discard); !errors.As(err, &none) || exists(called) {
		t.Errorf("with NoApt: %v, apt-get called: %v; want a *NoJupyterError and no call", err, exists(called))
	}
	t.Setenv("SAGALAB_APT", "no")
	if _, err := provide(t, Setup{}, io.Discard); !errors.As(err, &none) || exists(called) {
		t.Errorf("with SAGALAB_APT=no: %v, apt-get called: %v; want a *NoJupyterError and no call", err, exists(called))
	}
	t.Setenv("SAGALAB_APT", "")
	var progress bytes.Buffer
	_, err := provide(t, Setup{}, writerFunc(func(p []byte) (int, error) {
		if exists(called) && strings.Contains(string(p), "--no-apt") {
			t.Error("apt-get was called before the notice")
		}
		return progress.Write(p)
	}))
	if !errors.As(err, &none) || exists(called) != debianAsRoot() {
		t.Errorf("allowed: %v, apt-get called: %v, root on Debian: %v", err, exists(called), debianAsRoot())
	}
	for _, say := range []string{"apt-get will install on this system", "jupyter-nbconvert", "--no-apt", "SAGALAB_APT=no"} {
		if debianAsRoot() && !strings.Contains(progress.String(), say) {
			t.Errorf("the notice does not say %q:\n%s", say, progress.String())
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

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
	watch := newCommandLog(new(bytes.Buffer), "test")
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
