package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"sagalab/pkg/internal/testing/debian"
)

// packages are what Debian needs to have a server.
var packages = []string{"postgresql"}

// find is the directory of PostgreSQL's programs: SAGALAB_POSTGRES, else one that
// is installed, else, on Debian as root, its own package. It looks, and installs,
// once for all tests.
var find = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("SAGALAB_POSTGRES"); dir != "" {
		if !complete(dir) {
			return "", fmt.Errorf("SAGALAB_POSTGRES is %q, want the directory that initdb and postgres are in", dir)
		}
		return dir, nil
	}
	if dir, ok := installed(); ok {
		return dir, nil
	}
	err := debian.Install(packages...)
	if dir, ok := installed(); ok {
		return dir, nil
	}
	return "", fmt.Errorf("no PostgreSQL server for the tests: install one (on Debian: sudo sh -c %q), or name the directory of its programs in SAGALAB_POSTGRES: %w", debian.Command(packages...), err)
})

// installed is the directory in PATH, else the newest of Debian's, which keeps
// its own out of PATH.
func installed() (dir string, ok bool) {
	if path, err := exec.LookPath("postgres"); err == nil && complete(filepath.Dir(path)) {
		return filepath.Dir(path), true
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if i := slices.IndexFunc(dirs, complete); i >= 0 {
		return dirs[i], true
	}
	return "", false
}

func version(dir string) int {
	v, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // what is no number comes last
	return v
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
