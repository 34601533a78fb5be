package jupyter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed pinned/requirements.txt
var requirements string

//go:embed pinned/requirements-lab.txt
var requirementsLab string

// installedJupyter is the Jupyter in use.
type installedJupyter struct {
	Python string `json:"python"` // absolute path of the interpreter that imports nbclient and nbconvert
	Module string `json:"module"` // front end: "jupyterlab" or, with Notebook 6 and older, "notebook"; "" for none
	Source string `json:"source"` // where it comes from, for people
}

// The sources of Jupyter, as they are recorded.
const (
	fromPyPI   = "PyPI, pinned, in .sagalab/python"
	fromDebian = "Debian's packages"
)

func (s *setupRun) jupyterStep() step {
	return step{
		name:    "Jupyter's libraries",
		key:     keyOf(requirements, s.lab.root),
		present: func() bool { return exists(s.jupyter().Python) },
		run: func(ctx context.Context, watch *commandLog) error {
			found, err := s.provideJupyter(ctx, watch)
			if err != nil {
				return err
			}
			watch.printf("from %s", found.Source)
			s.setJupyter(found)
			return nil
		},
	}
}

// frontEndStep provides what a browser talks to. It comes after jupyterStep, whose Python it adds to.
func (s *setupRun) frontEndStep() step {
	return step{
		name:    "JupyterLab",
		key:     keyOf(requirements, requirementsLab, s.lab.root),
		present: func() bool { return s.jupyter().Module != "" },
		run: func(ctx context.Context, watch *commandLog) error {
			found, err := s.provideFrontEnd(ctx, watch)
			if err != nil {
				return err
			}
			s.setJupyter(found)
			return nil
		},
	}
}

// provideJupyter tries the sources of Jupyter in their order.
func (s *setupRun) provideJupyter(ctx context.Context, watch *commandLog) (installedJupyter, error) {
	found, pypiErr := s.installFromPyPI(ctx, watch)
	if pypiErr == nil || ctx.Err() != nil {
		return found, pypiErr
	}
	watch.printf("nothing from PyPI: %s", lastLine(pypiErr.Error()))
	if found, err := jupyterOnPath(ctx); err == nil {
		return found, nil
	}
	return s.fallBackToDebian(ctx, watch, pypiErr, debianRun)
}

// provideFrontEnd adds a front end to the Jupyter in use.
func (s *setupRun) provideFrontEnd(ctx context.Context, watch *commandLog) (installedJupyter, error) {
	now := s.jupyter()
	if now.Module != "" && now.Source != fromPyPI {
		return now, nil // it came with one
	}
	if now.Source != fromPyPI {
		return s.fallBackToDebian(ctx, watch, fmt.Errorf("%s has no front end", now.Source), debianLab)
	}
	// --ignore-installed: an interrupted install leaves packages that are half there, which pip takes for whole.
	if err := s.pip(ctx, watch, now.Python, "requirements-lab.txt", requirementsLab, "--ignore-installed"); err != nil {
		return installedJupyter{}, err
	}
	found, err := probeJupyter(ctx, now.Python, fromPyPI)
	if err == nil && found.Module == "" {
		err = errors.New("pip has installed JupyterLab, and Python does not find it: delete .sagalab/python and set up again")
	}
	return found, err
}

// NoJupyterError reports that no source of Jupyter worked, and the command that provides one.
type NoJupyterError struct {
	PyPI    error  // why pip could not install
	Debian  error  // why apt-get could not or was not to, nil when it was not tried
	Command string // what a person runs to go on
}

// Error returns what was tried, and the command.
func (e *NoJupyterError) Error() string {
	text := fmt.Sprintf("no Jupyter is available.\nFrom PyPI: %v\nOn PATH: no jupyter that has nbconvert and nbclient", e.PyPI)
	if e.Debian != nil {
		text += fmt.Sprintf("\nFrom Debian: %v", e.Debian)
	}
	return text + "\nTo go on, run this and then the set-up again:\n  " + e.Command
}

// Unwrap gives the causes to errors.Is and errors.As.
func (e *NoJupyterError) Unwrap() []error { return []error{e.PyPI, e.Debian} }

// manualCommand is the command that gets a Jupyter without an environment in .sagalab.
func manualCommand() string {
	if exists("/etc/debian_version") {
		return "sudo apt-get update && sudo apt-get install -y --no-install-recommends python3-venv " + strings.Join(debianLab, " ")
	}
	var top []string
	for line := range strings.Lines(requirements + requirementsLab) {
		name, _, _ := strings.Cut(line, "==")
		if name == "jupyterlab" || name == "nbconvert" || name == "nbclient" {
			top = append(top, strings.TrimSpace(line))
		}
	}
	return "python3 -m pip install --user " + strings.Join(top, " ")
}

// installFromPyPI makes the checkout's own Python environment. A half-made one, of an interrupted set-up, is removed:
// pip cannot tell a package whose files are half there.
func (s *setupRun) installFromPyPI(ctx context.Context, watch *commandLog) (installedJupyter, error) {
	base, err := findPython(ctx)
	if err != nil {
		return installedJupyter{}, err
	}
	venv := s.lab.inside("python")
	if err := os.RemoveAll(venv); err != nil {
		return installedJupyter{}, err
	}
	if err := runWatched(ctx, watch, s.lab.root, s.pipEnv(), base, "-m", "venv", venv); err != nil {
		return installedJupyter{}, err
	}
	python := venvPython(venv)
	if err := s.pip(ctx, watch, python, "requirements.txt", requirements); err != nil {
		return installedJupyter{}, err
	}
	return probeJupyter(ctx, python, fromPyPI)
}

func (s *setupRun) pipEnv() []string {
	return pythonEnv("PIP_CACHE_DIR="+s.lab.inside("cache", "pip"), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_REQUIRE_VIRTUALENV=1", "PIP_USER=0")
}

// pip installs the pinned packages of list into python's environment. The downloaded wheels stay in .sagalab/cache,
// because pip's own cache keeps only what a mirror allows it to: a checkout that was moved, or an interrupted set-up, has
// them all and needs no network.
func (s *setupRun) pip(ctx context.Context, watch *commandLog, python, file, list string, more ...string) error {
	venv := filepath.Dir(filepath.Dir(python))
	if err := writeFile(filepath.Join(venv, file), []byte(list)); err != nil {
		return err
	}
	wheels := s.lab.inside("cache", "wheels")
	run := func(args ...string) error {
		return runWatched(ctx, watch, venv, s.pipEnv(), python, append([]string{"-m", "pip"}, args...)...)
	}
	install := append([]string{"install", "--no-input", "--no-deps", "--no-index", "--find-links", wheels, "-r", file}, more...)
	if exists(wheels) && run(install...) == nil {
		return nil
	}
	err := run("download", "--no-input", "--no-deps", "--only-binary=:all:", "--retries", "2", "--progress-bar", "off", "-d", wheels, "-r", file)
	if err != nil {
		return err
	}
	return run(install...)
}

// probeJupyter asks whether the interpreter has nbclient and nbconvert, and which front end, if any.
func probeJupyter(ctx context.Context, python, source string) (installedJupyter, error) {
	const script = `
import importlib.util, sys
for module in ("nbclient", "nbconvert", "nbformat"):
    if not importlib.util.find_spec(module):
        sys.exit("no " + module)
found = [m for m in ("jupyterlab", "notebook") if importlib.util.find_spec(m)]
print((found or ["-"])[0], sys.executable)
`
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := command(ctx, terminate, "", pythonEnv(), python, "-c", script)
	out, stderr := &lastOutput{limit: 4 << 10}, &lastOutput{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, stderr
	if err := run(cmd); err != nil {
		return installedJupyter{}, fmt.Errorf("%s has no Jupyter with nbconvert and nbclient: %w: %s", python, err, lastLine(stderr.String()))
	}
	module, executable, ok := strings.Cut(strings.TrimSpace(out.String()), " ")
	if !ok || !filepath.IsAbs(executable) {
		return installedJupyter{}, errors.New("cannot find out which Python runs " + python)
	}
	if module == "-" {
		module = ""
	}
	return installedJupyter{Python: executable, Module: module, Source: source}, nil
}
