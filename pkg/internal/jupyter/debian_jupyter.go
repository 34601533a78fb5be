package jupyter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Debian's packages for executing notebooks, and those for a front end (Notebook 6) as well.
var (
	debianRun = []string{"jupyter-nbconvert", "python3-nbclient"}
	debianLab = append([]string{"jupyter-notebook"}, debianRun...)
)

// aptNotice is how long the notice stands before apt-get begins.
const aptNotice = 5 * time.Second

// jupyterOnPath finds the Python of the jupyter command on PATH: the one its first line names, else a python3 on PATH.
func jupyterOnPath(ctx context.Context) (installedJupyter, error) {
	script, err := exec.LookPath("jupyter")
	if err != nil {
		return installedJupyter{}, err
	}
	for _, python := range []string{interpreterOf(script), "python3", "/usr/bin/python3"} {
		if python == "" {
			continue
		}
		if found, err := probeJupyter(ctx, python, script+" on PATH"); err == nil {
			return found, nil
		}
	}
	return installedJupyter{}, errors.New("the jupyter on PATH has no nbconvert or no nbclient")
}

// interpreterOf reads the #! line of a script; "" when it names no Python.
func interpreterOf(script string) string {
	file, err := os.Open(script)
	if err != nil {
		return ""
	}
	defer file.Close()
	line, _ := bufio.NewReaderSize(file, 512).ReadSlice('\n')
	path, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "#!")
	if !ok || !strings.Contains(path, "python") {
		return ""
	}
	words := strings.Fields(path)
	if strings.HasSuffix(words[0], "/env") {
		return words[len(words)-1]
	}
	return words[0]
}

// fallBackToDebian installs packages with apt-get where that needs no password and is not forbidden. It first prints what it
// will install and how to forbid it. pypi is the error of the attempt to install from PyPI.
func (s *setupRun) fallBackToDebian(ctx context.Context, watch *commandLog, pypi error, packages []string) (installedJupyter, error) {
	if !debianAsRoot() {
		return installedJupyter{}, &NoJupyterError{PyPI: pypi, Command: manualCommand()}
	}
	if s.NoApt || os.Getenv("SAGALAB_APT") == "no" {
		return installedJupyter{}, &NoJupyterError{PyPI: pypi, Debian: errors.New("apt-get was forbidden"), Command: manualCommand()}
	}
	watch.printf("apt-get will install on this system, in %v: %s", aptNotice, strings.Join(packages, " "))
	watch.printf("to forbid that press Ctrl-C now, and give --no-apt or set SAGALAB_APT=no")
	select {
	case <-ctx.Done():
		return installedJupyter{}, context.Cause(ctx)
	case <-time.After(aptNotice):
	}
	found, err := installFromDebian(ctx, watch, packages)
	if err == nil || ctx.Err() != nil {
		return found, err
	}
	return installedJupyter{}, &NoJupyterError{PyPI: pypi, Debian: err, Command: manualCommand()}
}

// debianAsRoot reports whether apt-get may be used without a password.
func debianAsRoot() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0 && exists("/etc/debian_version")
}

func installFromDebian(ctx context.Context, watch *commandLog, packages []string) (installedJupyter, error) {
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	// An image's package lists are often empty or old. When they cannot be renewed the old ones may still do.
	_ = runWatched(ctx, watch, "/", env, "apt-get", "update")
	args := append([]string{"install", "-y", "--no-install-recommends"}, packages...)
	if err := runWatched(ctx, watch, "/", env, "apt-get", args...); err != nil {
		return installedJupyter{}, fmt.Errorf("apt-get install: %w", err)
	}
	return probeJupyter(ctx, "/usr/bin/python3", fromDebian)
}
