package observe

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/runs"
)

// RunToken returns the token that a run sends with fixtures and purchases
// (purchase.RunHeader). The first call makes it and keeps it beside the run, so that
// all processes of the run send the same one.
func RunToken(r runs.Run) (string, error) {
	path := filepath.Join(r.Dir(), "lab-run")
	for range 2 {
		text, err := osfile.ReadRegular(path)
		if err == nil && len(text) > 0 {
			return strings.TrimSpace(string(text)), nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("reading the token of run %s: %w", r.ID, err)
		}
		if err := writeOnce(path, rand.Text()); err != nil {
			return "", fmt.Errorf("writing the token of run %s: %w", r.ID, err)
		}
	}
	return "", fmt.Errorf("run %s: its token, %s, is empty", r.ID, path)
}

// writeOnce makes a file with a text, whole or not at all, unless it exists.
func writeOnce(path, text string) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".lab-run-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.WriteString(text)
	if err = errors.Join(err, part.Close()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(part.Name(), path) // a file system without hard links
}
