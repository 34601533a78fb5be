package lab

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

// jupyter is the Jupyter in use.
type jupyter struct {
	Key    string `json:"key"`
	Python string `json:"python"` // absolute path of the interpreter that imports it
	Module string `json:"module"` // "jupyterlab" or, with Notebook 6 and older, "notebook": run as python -m
	Source string `json:"source"` // where it comes from, for people
}

func (l *Lab) jupyterStage(rec *record) stage {
	key := keyOf(requirements, l.root)
	return stage{
		name: "Jupyter",
		done: func() bool { return rec.Jupyter.Key == key && exists(rec.Jupyter.Python) },
		run: func(ctx context.Context, watch *watcher) error {
			found, err := l.provideJupyter(ctx, watch)
			if err != nil {
				return err
			}
			watch.say("Jupyter from %s", found.Source)
			found.Key = key
			rec.Jupyter = found
			return nil
		},
	}
}

// provideJupyter tries the sources of Jupyter in their order.
func (l *Lab) provideJupyter(ctx context.Context, watch *watcher) (jupyter, error) {
	found, pypiErr := l.installFromPyPI(ctx, watch)
	if pypiErr == nil || ctx.Err() != nil {
		return found, pypiErr
	}
	watch.say("No Jupyter from PyPI: %s", lastLine(pypiErr.Error()))
	if found, err := jupyterOnPath(ctx); err == nil {
		return found, nil
	}
	if debianAsRoot() {
		watch.say("Installing Debian's packages: %s", strings.Join(debianPackages, " "))
		found, err := installFromDebian(ctx, watch)
		if err == nil || ctx.Err() != nil {
			return found, err
		}
		return jupyter{}, &NoJupyterError{PyPI: pypiErr, Debian: err, Command: byHand()}
	}
	return jupyter{}, &NoJupyterError{PyPI: pypiErr, Command: byHand()}
}

// NoJupyterError says that no source of Jupyter worked, and what to do.
type NoJupyterError struct {
	PyPI    error  // why pip could not install
	Debian  error  // why apt-get could not, nil when it was not tried
	Command string // what a person runs to go on
}

func (e *NoJupyterError) Error() string {
	text := fmt.Sprintf("no Jupyter to be had.\nFrom PyPI: %v\nOn PATH: no jupyter that has nbconvert and nbclient", e.PyPI)
	if e.Debian != nil {
		text += fmt.Sprintf("\nFrom Debian: %v", e.Debian)
	}
	return text + "\nTo go on, run this and then the set-up again:\n  " + e.Command
}

// Unwrap gives the causes to errors.Is and errors.As.
func (e *NoJupyterError) Unwrap() []error { return []error{e.PyPI, e.Debian} }

// byHand is the command that gets a Jupyter without PyPI's environment of ours.
func byHand() string {
	if exists("/etc/debian_version") {
		return "sudo apt-get update && sudo apt-get install -y --no-install-recommends python3-venv " + strings.Join(debianPackages, " ")
	}
	var top []string
	for line := range strings.Lines(requirements) {
		name, _, _ := strings.Cut(line, "==")
		if name == "jupyterlab" || name == "nbconvert" || name == "nbclient" {
			top = append(top, strings.TrimSpace(line))
		}
	}
	return "python3 -m pip install --user " + strings.Join(top, " ")
}

// installFromPyPI makes the checkout's own Python environment. A half-made one, of an interrupted set-up, is thrown away:
// pip cannot tell a package whose files are half there. The downloaded wheels stay, in .sagalab/cache: pip's own cache keeps
// only what a mirror allows it to.
func (l *Lab) installFromPyPI(ctx context.Context, watch *watcher) (jupyter, error) {
	base, err := findPython(ctx)
	if err != nil {
		return jupyter{}, err
	}
	venv := l.inside("python")
	if err := os.RemoveAll(venv); err != nil {
		return jupyter{}, err
	}
	env := pythonEnv("PIP_CACHE_DIR="+l.inside("cache", "pip"), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_REQUIRE_VIRTUALENV=1", "PIP_USER=0")
	if err := runWatched(ctx, watch, l.root, env, base, "-m", "venv", venv); err != nil {
		return jupyter{}, err
	}
	if err := writeFile(filepath.Join(venv, "requirements.txt"), []byte(requirements)); err != nil {
		return jupyter{}, err
	}
	python, wheels := filepath.Join(venv, "bin", "python"), l.inside("cache", "wheels")
	pip := func(args ...string) error {
		return runWatched(ctx, watch, venv, env, python, append([]string{"-m", "pip"}, args...)...)
	}
	install := func() error {
		return pip("install", "--no-input", "--no-deps", "--no-index", "--find-links", wheels, "-r", "requirements.txt")
	}
	// A checkout that was moved, or an interrupted set-up, has them all already and needs no network.
	if !exists(wheels) || install() != nil {
		err := pip("download", "--no-input", "--no-deps", "--only-binary=:all:", "--retries", "2", "--progress-bar", "off", "-d", wheels, "-r", "requirements.txt")
		if err == nil {
			err = install()
		}
		if err != nil {
			return jupyter{}, err
		}
	}
	return probeJupyter(ctx, python, "PyPI, pinned, in .sagalab/python")
}

// probeJupyter asks whether the interpreter has all that is needed, and which front end.
func probeJupyter(ctx context.Context, python, source string) (jupyter, error) {
	const script = `
import importlib.util, nbclient, nbconvert, sys
for module in ("jupyterlab", "notebook"):
    if importlib.util.find_spec(module):
        print(module, sys.executable)
        break
else:
    sys.exit("neither jupyterlab nor notebook")
`
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := command(ctx, terminate, "", pythonEnv(), python, "-c", script)
	out, stderr := &tail{limit: 4 << 10}, &tail{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, stderr
	if err := run(cmd); err != nil {
		return jupyter{}, fmt.Errorf("%s has no Jupyter with nbconvert and nbclient: %w: %s", python, err, lastLine(stderr.String()))
	}
	module, executable, ok := strings.Cut(strings.TrimSpace(out.String()), " ")
	if !ok || !filepath.IsAbs(executable) {
		return jupyter{}, errors.New("cannot tell which Python runs " + python)
	}
	return jupyter{Python: executable, Module: module, Source: source}, nil
}
