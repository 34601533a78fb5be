package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// shared is the directory of the programs, "" until one is built.
var (
	shared   string
	sharedMu sync.Mutex
)

// Build builds a package, named as for the go command, into the shared directory and returns the program's path.
func Build(name, from string) (path string, err error) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared == "" {
		if shared, err = os.MkdirTemp("", "sagalab-program-"); err != nil {
			return "", err
		}
	}
	path = filepath.Join(shared, name)
	if text, err := exec.Command("go", "build", "-o", path, from).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", from, err, text)
	}
	return path, nil
}

// program is the sagalab executable, built once per process, without the race detector: under that the service is too slow
// for the heavy stage.
var program = sync.OnceValues(func() (path string, err error) { return Build("sagalab", "sagalab/pkg/cmd/sagalab") })
