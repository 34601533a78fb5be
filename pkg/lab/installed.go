package lab

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
)

// debianPackages are Notebook 6, nbconvert and nbclient as Debian has them.
var debianPackages = []string{"jupyter-notebook", "jupyter-nbconvert", "python3-nbclient"}

// jupyterOnPath finds the Python of the jupyter command on PATH: the one its first line names, else a python3 on PATH.
func jupyterOnPath(ctx context.Context) (jupyter, error) {
	script, err := exec.LookPath("jupyter")
	if err != nil {
		return jupyter{}, err
	}
	for _, python := range []string{interpreterOf(script), "python3", "/usr/bin/python3"} {
		if python == "" {
			continue
		}
		if found, err := probeJupyter(ctx, python, script+" on PATH"); err == nil {
			return found, nil
		}
	}
	return jupyter{}, errors.New("the jupyter on PATH has no nbconvert or no nbclient")
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

// debianAsRoot tells whether apt-get may be used without asking anybody.
func debianAsRoot() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0 && exists("/etc/debian_version")
}

func installFromDebian(ctx context.Context, watch *watcher) (jupyter, error) {
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	// An image's package lists are often empty or old. When they cannot be renewed the old ones may still do.
	_ = runWatched(ctx, watch, "/", env, "apt-get", "update")
	args := append([]string{"install", "-y", "--no-install-recommends"}, debianPackages...)
	if err := runWatched(ctx, watch, "/", env, "apt-get", args...); err != nil {
		return jupyter{}, err
	}
	return probeJupyter(ctx, "/usr/bin/python3", "Debian's packages")
}
