package harness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownCache gives a test a cache folder of its own, on every system.
func ownCache(t *testing.T) {
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, t.TempDir())
	}
}

func TestInstalled(t *testing.T) {
	ownCache(t)
	installations := 0
	install := func(dir string) error {
		installations++
		return os.WriteFile(filepath.Join(dir, "program"), nil, 0o755)
	}
	first := Installed(t, "name", []byte("version 1"), install)
	if again := Installed(t, "name", []byte("version 1"), install); again != first || installations != 1 {
		t.Errorf("the same pins: %s and %s, %d installations; want one", first, again, installations)
	}
	if other := Installed(t, "name", []byte("version 2"), install); other == first || installations != 2 {
		t.Errorf("other pins: %s after %s, %d installations; want another", other, first, installations)
	}
	if _, err := os.Stat(filepath.Join(first, "program")); err != nil {
		t.Error(err)
	}
}

func TestFailedInstallationLeavesNothing(t *testing.T) {
	cache, failed := t.TempDir(), errors.New("failed")
	dir := filepath.Join(cache, "name")
	err := installAside(cache, dir, func(aside string) error {
		if err := os.WriteFile(filepath.Join(aside, "half"), nil, 0o644); err != nil {
			t.Error(err)
		}
		return failed
	})
	left, readErr := os.ReadDir(cache)
	if !errors.Is(err, failed) || len(left) != 0 || readErr != nil {
		t.Errorf("installing: %v, want %v; left behind: %v, %v", err, failed, left, readErr)
	}
}

func TestInstalledMeanwhile(t *testing.T) {
	cache := t.TempDir()
	dir := filepath.Join(cache, "name")
	err := installAside(cache, dir, func(aside string) error {
		return installAside(cache, dir, func(other string) error { return os.WriteFile(filepath.Join(other, "theirs"), nil, 0o644) })
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "theirs")); err != nil {
		t.Errorf("what another process installed first is gone: %v", err)
	}
}

func TestCommandSaysWhatWasPrinted(t *testing.T) {
	err := Command(t.TempDir(), "go", "no-such-command")
	if err == nil || !strings.Contains(err.Error(), "no-such-command: unknown command") {
		t.Errorf("a command that fails: %v, want what it printed", err)
	}
}
