package harness

import (
	"os"
	"path/filepath"
	"testing"
)

// Copy copies a file into a folder of the test's own and returns the copy's path.
func Copy(t testing.TB, file string) string {
	t.Helper()
	contents, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(path, contents, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
