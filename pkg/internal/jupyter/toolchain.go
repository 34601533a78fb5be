package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// toolchain is the Go installation that builds the tools and the cells.
type toolchain struct {
	Version     string `json:"GOVERSION"`
	Root        string `json:"GOROOT"`
	ModuleCache string `json:"GOMODCACHE"`
	BuildCache  string `json:"GOCACHE"`
	path        string // the go command
}

// findToolchain asks the go command on PATH about itself, in dir, so that a toolchain line in go.mod counts.
func findToolchain(ctx context.Context, dir string) (toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return toolchain{}, fmt.Errorf("the go command is not on PATH, and notebooks in Go need it: install Go 1.26 from https://go.dev/dl and open a new shell")
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOVERSION", "GOROOT", "GOMODCACHE", "GOCACHE")
	cmd.Dir = dir
	text, err := cmd.Output()
	if err != nil {
		return toolchain{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	found := toolchain{path: path}
	if err := json.Unmarshal(text, &found); err != nil {
		return toolchain{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	return found, nil
}

// bin is the directory of the toolchain's go command: the kernel finds `go` there even where PATH names none.
func (t toolchain) bin() string {
	if own := filepath.Join(t.Root, "bin"); exists(filepath.Join(own, executable("go"))) {
		return own
	}
	return filepath.Dir(t.path)
}

// withPath returns the environment entry PATH with dirs before what PATH has now.
func withPath(dirs ...string) string {
	path := ""
	for _, dir := range dirs {
		path += dir + string(os.PathListSeparator)
	}
	return "PATH=" + path + os.Getenv("PATH")
}
