// Package chromium finds and starts the browser that tests look at pages with.
// Only tests use it.
package chromium

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"sagalab/pkg/internal/testing/debian"
)

// packages are what Debian needs to have Chromium, with a font to draw letters
// with.
var packages = []string{"chromium", "fonts-dejavu-core"}

// Path is the browser of these tests: SAGALAB_CHROMIUM, else one that is
// installed, else, on Debian as root, its own package. Without a browser the test
// fails: what people see cannot be tested any other way.
func Path(t testing.TB) string {
	t.Helper()
	path, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// find looks, and installs, once for all tests.
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
