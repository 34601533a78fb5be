package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sagalab/pkg/load"
)

// manifests runs a go command in the module that reads the README's manifests.
func manifests(t *testing.T, args ...string) []byte {
	t.Helper()
	var log bytes.Buffer
	c := exec.CommandContext(t.Context(), "go", append([]string{"-C", "../../deploy/check"}, args...)...)
	c.Env, c.Stderr = append(os.Environ(), "GOWORK=off"), &log
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %v in pkg/deploy/check: %v\n%s%s", args, err, out, &log)
	}
	return out
}

// TestManifests: the README's manifests and the Dockerfile are right to those who
// will read them, what is wrong is refused, and each command line in them is one of
// this program.
func TestManifests(t *testing.T) {
	t.Parallel()
	watched(t, "../../../README.md", "../../../Dockerfile", "../../deploy/check/*")
	manifests(t, "test", "-count=1", "./...")
	n := 0
	for d := json.NewDecoder(bytes.NewReader(manifests(t, "run", ".", "-commands"))); ; n++ {
		var args []string
		if err := d.Decode(&args); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := accepted(args); err != nil {
			t.Errorf("sagalab %q: %v", args, err)
		}
	}
	if n < 8 {
		t.Errorf("%d command lines in the manifests, want the eight that are there at least", n)
	}
	for _, wrong := range [][]string{{"worker", "--nmae", "a"}, {"serv"}, {"serve", "--lab=maybe"}, {"worker", "now"}, {"load", "--stage", "open:5"}} {
		if accepted(wrong) == nil {
			t.Errorf("sagalab %q was taken for right", wrong)
		}
	}
}

// watched makes go test forget an earlier result when such a file has changed: it
// sees only what this process looks at.
func watched(t *testing.T, patterns ...string) {
	t.Helper()
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", p, len(files), err)
		}
		for _, f := range files {
			if _, err := os.Stat(f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// accepted tells whether the program would take a command line, without running it.
func accepted(args []string) error {
	c, rest, err := command(io.Discard, io.Discard).Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		return err
	}
	if c.Name() != "load" {
		return nil
	}
	stages, err := c.Flags().GetStringArray("stage")
	for _, text := range stages {
		_, wrong := load.ParseStage(text)
		err = errors.Join(err, wrong)
	}
	return err
}
