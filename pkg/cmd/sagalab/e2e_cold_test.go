//go:build coldstart

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestColdStart runs the README's first command, as printed, in a new clone of this checkout's HEAD with new, empty
// directories for HOME, every cache and temporary files, and looks at the page. It is a test of its own build tag, because
// it compiles everything anew: CI runs it each time, with
//
//	go test -tags coldstart -run TestColdStart -v ./pkg/cmd/sagalab
func TestColdStart(t *testing.T) {
	l, err := checkoutLab()
	if err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	t.Cleanup(func() { makeWritable(empty) }) // the module cache is read-only
	clone := filepath.Join(empty, "checkout")
	if text, err := exec.Command("git", "clone", "-q", l.Root(), clone).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, text)
	}
	command := readmeCommands(t, filepath.Join(clone, "README.md"))[0]
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Dir, shell.Env = clone, emptyEnvironment(t, empty)
	start := time.Now()
	text, err := shell.CombinedOutput()
	t.Logf("%s ended after %.0f s:\n%s", command, time.Since(start).Seconds(), text)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	page := regexp.MustCompile(`(?m)^page +(\S+)$`).FindSubmatch(text)
	if page == nil {
		t.Fatalf("%s names no page", command)
	}
	e2e.CheckPage(t, filepath.Join(clone, string(page[1])))
	for _, tool := range []string{"editor/gopls", "python/bin/jupyter-lab"} {
		if _, err := os.Stat(filepath.Join(clone, ".sagalab", tool)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf(".sagalab/%s: %v; want run to set up nothing that only lab needs", tool, err)
		}
	}
}

// readmeCommands lists the commands under the README's heading "Two commands", as printed, without their comments.
func readmeCommands(t *testing.T, readme string) []string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Two commands\n")
	_, block, _ := strings.Cut(section, "```sh\n")
	block, _, _ = strings.Cut(block, "```")
	var commands []string
	for line := range strings.Lines(block) {
		command, _, _ := strings.Cut(line, "#")
		if command = strings.TrimSpace(command); command != "" {
			commands = append(commands, command)
		}
	}
	if len(commands) != 2 {
		t.Fatalf("%s has the commands %q under Two commands, want two", readme, commands)
	}
	return commands
}

// emptyEnvironment is this process's environment with all that is kept between runs below dir, where nothing is yet.
func emptyEnvironment(t *testing.T, dir string) []string {
	t.Helper()
	places := map[string]string{"HOME": "home", "TMPDIR": "tmp"}
	dropped := []string{"GOFLAGS", "GOPATH", "GOBIN", "GOENV", "GOCACHE", "GOMODCACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
		"PIP_CACHE_DIR", "PIP_FIND_LINKS", "VIRTUAL_ENV", "SAGALAB_API", "SAGALAB_RUNS", "SAGALAB_PROGRAM", "SAGALAB_FLEET", "SAGALAB_DB"}
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return places[name] != "" || slices.Contains(dropped, name)
	})
	for name, place := range places {
		place = filepath.Join(dir, place)
		if err := os.Mkdir(place, 0o755); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+place)
	}
	return env
}

// makeWritable lets the test remove dir.
func makeWritable(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o755)
		}
		return nil
	})
}
