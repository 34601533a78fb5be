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

// packages are the Debian packages with a server.
var packages = []string{"postgresql"}

// find returns the directory of PostgreSQL's programs: SAGALAB_POSTGRES, else an installed one, else, on Debian as root, that of the package
// that it installs. It does so once per process.
var find = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("SAGALAB_POSTGRES"); dir != "" {
		if !hasPrograms(dir) {
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

// installed returns the directory in PATH, else that of Debian's newest version, which is not in PATH.
func installed() (dir string, ok bool) {
	if path, err := exec.LookPath("postgres"); err == nil && hasPrograms(filepath.Dir(path)) {
		return filepath.Dir(path), true
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if i := slices.IndexFunc(dirs, hasPrograms); i >= 0 {
		return dirs[i], true
	}
	return "", false
}

func version(dir string) int {
	v, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // a name that is not a number comes last
	return v
}

func hasPrograms(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
