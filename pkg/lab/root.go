package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// isSagalab tells whether the text of a go.mod declares this module.
func isSagalab(gomod string) bool {
	for line := range strings.Lines(gomod) {
		words := strings.Fields(line)
		if len(words) >= 2 && words[0] == "module" {
			return strings.Trim(words[1], `"`+"`") == "sagalab"
		}
	}
	return false
}
