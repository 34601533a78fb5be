package nb

import (
	"fmt"
	"os"
	"path/filepath"
)

// File returns the path of a file in the current run's directory exports, which it makes.
//
//	nb.Table(frame.WriteCSV(heavy.Frame(), lab.File("heavy.csv")))
//
// The name must be a plain
// one, without directories. The files are removed with the run.
func (l Lab) File(name string) string {
	path, err := l.file(name)
	exitOnError(err)
	return path
}

func (l Lab) file(name string) (string, error) {
	if name == "" || name == "." || name == ".." || name != filepath.Base(name) {
		return "", fmt.Errorf("file %q: want a plain name such as heavy.csv", name)
	}
	run, err := l.current()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(run.Dir(), "exports")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("file %s: %w", name, err)
	}
	return filepath.Join(dir, name), nil
}
