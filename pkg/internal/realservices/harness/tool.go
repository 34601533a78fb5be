package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Tool returns the path of a program that the go.mod of this module names as a tool, for instance "github.com/dtm-labs/dtm", built
// from the versions that go.mod and go.sum pin.
func Tool(t testing.TB, pkg string) string {
	t.Helper()
	root, pins, err := module()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(pkg)
	dir := Installed(t, name, pins, func(dir string) error {
		return Command(root, "go", "build", "-o", filepath.Join(dir, name+exe()), pkg)
	})
	return filepath.Join(dir, name+exe())
}

// module returns the folder of this module, and what decides what a tool is built from.
func module() (root string, pins []byte, err error) {
	out, err := exec.Command("go", "env", "GOMOD", "GOVERSION").Output()
	if err != nil {
		return "", nil, fmt.Errorf("go env: %w", err)
	}
	file, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	root = filepath.Dir(file)
	pins = []byte(version + "\n")
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "", nil, err
		}
		pins = append(pins, text...)
	}
	return root, pins, nil
}

// exe is the end of a program's name on this system.
func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
