// Package chromium finds the browser that the tests look at pages with. Only
// tests use it.
package chromium

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// install is what Debian needs to have Chromium, with a font to draw
// letters with.
const install = "apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core"

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
	missing := fmt.Errorf("no Chromium for the browser tests: install one (on Debian: sudo sh -c %q), or name it in SAGALAB_CHROMIUM", install)
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return "", missing
	}
	release, err := alone()
	if err != nil {
		return "", fmt.Errorf("%w; it cannot be installed here: %w", missing, err)
	}
	defer release()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	apt := exec.CommandContext(ctx, "sh", "-c", install)
	apt.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	apt.WaitDelay = time.Second
	if text, err := apt.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w; installing it here failed: %w: %s", missing, err, text[max(0, len(text)-500):])
	}
	if path, ok := installed(); ok {
		return path, nil
	}
	return "", missing
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

// alone waits until no other test's process installs: apt-get gives up at once
// when another one works.
func alone() (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "sagalab-chromium.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
