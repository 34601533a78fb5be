package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// installChromium is what Debian needs to have Chromium, with a font to draw
// letters with.
const installChromium = "apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core"

// chromium is the browser of these tests: SAGALAB_CHROMIUM, else one that is
// installed, else, on Debian as root, its own package. Without a browser the test
// fails: what people see cannot be tested any other way.
func chromium(t *testing.T) string {
	t.Helper()
	path, err := findChromium()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// findChromium looks, and installs, once for all tests.
var findChromium = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("SAGALAB_CHROMIUM"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("SAGALAB_CHROMIUM names no program: %w", err)
		}
		return found, nil
	}
	if path, ok := installedChromium(); ok {
		return path, nil
	}
	missing := fmt.Errorf("no Chromium for the browser tests: install one (on Debian: sudo sh -c %q), or name it in SAGALAB_CHROMIUM", installChromium)
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return "", missing
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "sh", "-c", installChromium)
	install.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	install.WaitDelay = time.Second
	if text, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w; installing it here failed: %w: %s", missing, err, text[max(0, len(text)-500):])
	}
	if path, ok := installedChromium(); ok {
		return path, nil
	}
	return "", missing
})

func installedChromium() (path string, ok bool) {
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
