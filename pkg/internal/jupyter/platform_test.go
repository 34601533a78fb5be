package jupyter

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSystem asks programs of the system that it runs on whether the names are right.
func TestSystem(t *testing.T) {
	chain, err := findToolchain(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	if path := filepath.Join(chain.Root, "bin", executable("go")); !exists(path) {
		t.Errorf("the go command is not %s", path)
	}
	python, err := findPython(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	venv := filepath.Join(t.TempDir(), "venv")
	if out, err := exec.Command(python, "-m", "venv", "--without-pip", venv).CombinedOutput(); err != nil {
		t.Fatalf("no environment: %v: %s", err, out)
	}
	dir := t.TempDir()
	out, err := printed(t.Context(), tempEnv(dir), venvPython(venv), "-c", "import tempfile; print(tempfile.gettempdir())")
	if err != nil || strings.TrimSpace(out) != dir {
		t.Errorf("the environment's Python puts temporary files into %q (%v), want %q", out, err, dir)
	}
}

// printed runs a command with more in its environment and returns what it prints.
func printed(ctx context.Context, more []string, name string, args ...string) (string, error) {
	cmd := command(ctx, terminate, "", append(os.Environ(), more...), name, args...)
	var out strings.Builder
	cmd.Stdout = &out
	err := run(cmd)
	return out.String(), err
}
