package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/provenance"
)

// headCommit is the first part of the checkout's commit, as it is printed; "" where
// the sources are in no repository.
func headCommit(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	return string(out[:12])
}

// TestVersionOfTheCommandLine: the program that the go command builds from a
// checkout knows the commit.
func TestVersionOfTheCommandLine(t *testing.T) {
	got := e2e.Command(t, "--version").Finish(t)
	if want := "sagalab " + provenance.Version + ", commit " + headCommit(t); got.Status != 0 || !strings.HasPrefix(got.Out, want) {
		t.Errorf("--version ended with %d and printed %q, want %q", got.Status, got.Out, want)
	}
}

// TestVersionInTheImage runs the command by which the Dockerfile builds the program,
// to a file elsewhere and without the flags that would have everything compiled again.
func TestVersionInTheImage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	const target = "/image/usr/local/bin/sagalab"
	_, command, _ := strings.Cut(string(text), "RUN commit=")
	command, _, found := strings.Cut(command, "&& mkdir")
	if !found || !strings.Contains(command, target) {
		t.Fatalf("the Dockerfile has no command that takes a commit and builds %s", target)
	}
	program := filepath.Join(t.TempDir(), "sagalab")
	command = "commit=" + strings.NewReplacer("\\\n", "", target, program, "CGO_ENABLED=0 ", "", "-trimpath ", "").Replace(command)
	build := exec.Command("sh", "-ec", command)
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	run := exec.Command(program, "--version")
	run.Env = append(os.Environ(), "PATH=/nowhere") // as in an image without git
	out, err := run.Output()
	want := "commit unknown"
	if head := headCommit(t); head != "" {
		want = "commit " + head
	}
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("the image's program prints %q, %v, want %q", out, err, want)
	}
}
