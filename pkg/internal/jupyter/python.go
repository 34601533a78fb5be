package jupyter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// findPython returns an interpreter that can make the environment: at least 3.11, with venv and ensurepip.
func findPython(ctx context.Context) (string, error) {
	// Debian splits ensurepip off into python3-venv, and `python3 -m venv` fails late without it.
	const script = `
import sys
if sys.version_info < (3, 11): sys.exit("is older than 3.11")
try: import venv, ensurepip
except ImportError: sys.exit("lacks the venv module (on Debian: apt-get install python3-venv)")
`
	var tried []string
	for _, name := range pythons {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		reason, err := askPython(ctx, path, script)
		if err == nil {
			return path, nil
		}
		tried = append(tried, path+" "+reason)
	}
	if tried == nil {
		return "", errors.New("no python3 on PATH")
	}
	return "", fmt.Errorf("no Python 3.11 or newer that can make an environment: %s", strings.Join(tried, "; "))
}

// askPython runs a script; reason is the last line it wrote.
func askPython(ctx context.Context, python, script string) (reason string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := command(ctx, terminate, "", pythonEnv(), python, "-c", script)
	out := &lastOutput{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, out
	err = run(cmd)
	return lastLine(out.String()), err
}

// pythonEnv is the environment for a Python of set-up: the person's, without what would lead it to other packages than
// its own, and with more.
func pythonEnv(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return name == "PYTHONHOME" || name == "PYTHONPATH" || name == "PYTHONSTARTUP" || name == "VIRTUAL_ENV"
	})
	return append(env, more...)
}
