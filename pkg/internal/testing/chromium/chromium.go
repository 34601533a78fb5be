// Package chromium finds and starts the browser in which tests open pages. Only tests use it.
package chromium

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"sagalab/pkg/internal/testing/debian"
)

// packages are the Debian packages with Chromium and a font.
var packages = []string{"chromium", "fonts-dejavu-core"}

// InstallIfMissing returns the path of the browser: SAGALAB_CHROMIUM, else an installed one, else, on Debian as root, that of the package that it installs.
// Without a browser the test fails.
func InstallIfMissing(t testing.TB) string {
	t.Helper()
	path, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// find implements InstallIfMissing, once per process.
var find = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("SAGALAB_CHROMIUM"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("SAGALAB_CHROMIUM names no program: %w", err)
		}
		return found, nil
	}
	if path, ok := installed(); ok {
		return path, nil
	}
	err := debian.Install(packages...)
	if path, ok := installed(); ok {
		return path, nil
	}
	return "", fmt.Errorf("no Chromium for the browser tests: install one (on Debian: sudo sh -c %q), or name it in SAGALAB_CHROMIUM: %w", debian.Command(packages...), err)
})

func installed() (path string, ok bool) {
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}
