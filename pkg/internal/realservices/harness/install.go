package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Installed returns the folder that holds name as pinned, in the user's cache folder; pins is all that decides what gets installed:
// lock files, versions, programs. If the folder is not there yet, install is called with an empty one, which takes its place when
// install has succeeded: no test ever sees half an installation, and two processes may install the same at once. Installations of
// other pins stay where they are.
//
// Because the folder is renamed once, nothing in it may hold its own path; a Python environment is addressed by its interpreter.
func Installed(t testing.TB, name string, pins []byte, install func(dir string) error) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "sagalab-realservices")
	hash := sha256.Sum256(append([]byte(runtime.GOOS+"/"+runtime.GOARCH+"\n"), pins...))
	dir := filepath.Join(cache, name+"-"+hex.EncodeToString(hash[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	t.Logf("installing %s into %s", name, dir)
	if err := installAside(cache, dir, install); err != nil {
		t.Fatalf("installing %s: %v", name, err)
	}
	t.Logf("installed %s in %v", name, time.Since(began).Round(time.Second))
	return dir
}

// installAside has install fill a folder in cache and renames it to dir, unless another process was first.
func installAside(cache, dir string, install func(dir string) error) error {
	aside, err := os.MkdirTemp(cache, "installing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	if err := os.Chmod(aside, 0o755); err != nil {
		return err
	}
	if err := install(aside); err != nil {
		return err
	}
	err = os.Rename(aside, dir)
	if _, there := os.Stat(dir); there == nil {
		return nil
	}
	return err
}
