package jupyter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// FindRoot returns the absolute directory of the checkout that dir lies in: the nearest directory, dir itself or above
// it, whose go.mod says `module sagalab`.
func FindRoot(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the sagalab checkout from %s: %w", dir, err)
	}
	for at := abs; ; at = filepath.Dir(at) {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && isSagalab(string(text)) {
			return at, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find the sagalab checkout from %s: %w", dir, err)
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not inside a checkout of sagalab: no go.mod with `module sagalab` there or above; change into the checkout and try again", abs)
		}
	}
}

// FindHome returns the absolute directory of the checkout that notebooks are executed with: the one that SAGALAB_HOME
// names; else the one that dir lies in; else the one that this program was built from, if it is still there and the
// program knows it, which one built with -trimpath does not.
func FindHome(dir string) (string, error) {
	_, source, _, _ := runtime.Caller(0)
	return findHome(dir, os.Getenv("SAGALAB_HOME"), source)
}

// findHome is FindHome for a value of SAGALAB_HOME and the path of this file when the program was built.
func findHome(dir, named, source string) (string, error) {
	if named != "" {
		root, err := FindRoot(named)
		if err != nil {
			return "", fmt.Errorf("SAGALAB_HOME is %s, and that is not a checkout of sagalab: set it to the directory with sagalab's go.mod", named)
		}
		return root, nil
	}
	root, err := FindRoot(dir)
	if err != nil && filepath.IsAbs(source) {
		root, err = FindRoot(filepath.Dir(source))
	}
	if err != nil {
		return "", errors.New("notebooks are executed with the packages of a checkout of sagalab, and there is none here or above: clone sagalab's repository and set SAGALAB_HOME to the clone's directory")
	}
	return root, nil
}

// isSagalab reports whether the text of a go.mod declares this module.
func isSagalab(gomod string) bool {
	for line := range strings.Lines(gomod) {
		words := strings.Fields(line)
		if len(words) >= 2 && words[0] == "module" {
			return strings.Trim(words[1], `"`+"`") == "sagalab"
		}
	}
	return false
}
