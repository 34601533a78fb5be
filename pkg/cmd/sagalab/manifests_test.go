package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
)

// TestManifests checks the files of pkg/deploy and the Dockerfile with the nested module that reads them, and gives each command line in
// them to the program's own flags.
func TestManifests(t *testing.T) {
	t.Parallel()
	watched(t, "../../../Dockerfile", "../../deploy/*", "../../deploy/check/*")
	var log bytes.Buffer
	check := exec.CommandContext(t.Context(), "go", "-C", "../../deploy/check", "run", ".", "-commands")
	check.Env, check.Stderr = append(os.Environ(), "GOWORK=off"), &log
	out, err := check.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", check, err, out, &log)
	}
	n := 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; n++ {
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
		t.Errorf("%d command lines in the manifests, want at least 8", n)
	}
}

// documents are the texts that show command lines, and how many of them each has at least.
var documents = map[string]int{
	"../../../README.md":       3,
	"../../../Dockerfile":      2,
	"../../deploy/README.md":   7,
	"../../deploy/pipeline.sh": 3,
	"README.md":                8,
}

// TestDocumentedCommands gives each command line that a document shows to the program's own flags.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	for path, least := range documents {
		all := shownCommands(readText(t, path), strings.HasSuffix(path, ".md"))
		if len(all) < least {
			t.Errorf("%s shows the command lines %q, want at least %d", path, all, least)
		}
		for _, args := range all {
			if err := accepted(args); err != nil {
				t.Errorf("%s shows sagalab %q: %v", path, args, err)
			}
		}
	}
}

// shownCommands returns the program's command lines in a script or comment, or in the sh blocks of a Markdown text, without the
// program's name.
func shownCommands(text string, markdown bool) (all [][]string) {
	shell := !markdown
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		if mark, fence := strings.CutPrefix(line, "```"); fence && markdown {
			shell = mark == "sh\n"
			continue
		}
		if !shell {
			continue
		}
		for _, words := range shellCommands(strings.TrimLeft(line, "# ")) {
			if args := programArgs(words); len(args) > 0 {
				all = append(all, args)
			}
		}
	}
	return all
}

// programArgs returns what follows the program's name in a command, nil when the command does not start the program itself or in a
// container.
func programArgs(words []string) []string {
	begins := func(names ...string) bool {
		return len(words) >= len(names) && slices.Equal(words[:len(names)], names)
	}
	for len(words) > 0 && (words[0] == "do" || strings.Contains(words[0], "=")) { // of a loop; a variable
		words = words[1:]
	}
	switch {
	case begins("sagalab"), begins("./sagalab"):
		return words[1:]
	case begins("go", "run", "./pkg/cmd/sagalab"):
		return words[3:]
	case begins("docker", "run"), begins("docker", "compose", "run"):
		image := func(w string) bool { return w == "sagalab" || w == "sagalab-service" || w == "worker" }
		if i := slices.IndexFunc(words, image); i >= 0 {
			return words[i+1:]
		}
	}
	return nil
}

var shellToken = regexp.MustCompile(`(?:'[^']*'|"[^"]*"|\d>|[^\s'"&|;>])+|[&|;>]+`)

// shellCommands splits a line into its commands, and these into words. A comment ends the line, a redirection its command's words.
func shellCommands(line string) (all [][]string) {
	var words []string
	redirected := false
	for _, token := range shellToken.FindAllString(line, -1) {
		switch {
		case token[0] == '#':
			return append(all, words)
		case strings.ContainsAny(token[:1], "&|;"):
			all, words, redirected = append(all, words), nil, false
		case strings.Contains(token, ">"):
			redirected = true
		case !redirected:
			words = append(words, strings.NewReplacer("'", "", `"`, "").Replace(token))
		}
	}
	return append(all, words)
}

func TestAcceptedRefuses(t *testing.T) {
	for _, wrong := range []string{"worker --nmae a", "serv", "serve --lab=maybe", "worker now", "runs list", "load --stage open:5", "load --threshold 'p99 < fast'"} {
		if accepted(shellCommands(wrong)[0]) == nil {
			t.Errorf("sagalab %s was accepted", wrong)
		}
	}
}

// watched makes go test rerun this test when such a file has changed: its cache considers only files that the test's own process reads.
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

// accepted reports why the program would refuse a command line, without running it.
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
	thresholds, missing := c.Flags().GetStringArray("threshold")
	_, wrong := threshold.ParseAll(thresholds, nil)
	return errors.Join(err, missing, wrong)
}
