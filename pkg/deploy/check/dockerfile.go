package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfile reads a Dockerfile whose build has the directory root, and returns the
// program's command lines in it: of its images, and of the comment at its top.
func dockerfile(root string, text []byte) (commands [][]string, err error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, w := range parsed.Warnings {
		errs = append(errs, errors.New(w.Short))
	}
	lint := linter.New(&linter.Config{Warn: func(rule, description, _, message string, _ []parser.Range) {
		errs = append(errs, fmt.Errorf("%s: %s: %s", rule, description, message))
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		return nil, errors.Join(append(errs, err)...)
	}
	names := map[string]bool{}
	for _, s := range stages {
		image, err := stage(root, s, names)
		errs = append(errs, err)
		names[s.Name] = true
		if len(image) > 0 {
			commands = append(commands, image)
		}
	}
	if !names["service"] || stages[len(stages)-1].Name != "lab" {
		errs = append(errs, errors.New("want a stage service, and lab as the last one, which is built by default"))
	}
	comment, err := shell(uncommented(text))
	return append(commands, comment...), errors.Join(append(errs, err)...)
}

var number = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)

// stage is what is ours to say of a stage; command is what it starts, if it is an
// image of its own.
func stage(root string, s instructions.Stage, earlier map[string]bool) (command []string, err error) {
	var errs []error
	var user string
	var starts bool
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.CopyCommand:
			errs = append(errs, copies(root, c, earlier))
		case *instructions.EntrypointCommand:
			starts = true
			if c.PrependShell || filepath.Base(c.CmdLine[len(c.CmdLine)-1]) != "sagalab" {
				errs = append(errs, fmt.Errorf("stage %s does not start sagalab itself: %q", s.Name, c.CmdLine))
			}
		case *instructions.CmdCommand:
			command = c.CmdLine
			if c.PrependShell {
				errs = append(errs, fmt.Errorf("stage %s: a shell would get the signals: write CMD as an array", s.Name))
			}
		}
	}
	if starts && (user == "" || user == "root" || user == "0") || s.Name == "service" && !number.MatchString(user) {
		errs = append(errs, fmt.Errorf("stage %s runs as %q: want another than root, and in service by number, or runAsNonRoot cannot be checked", s.Name, user))
	}
	return command, errors.Join(errs...)
}

// copies refuses a COPY of what is not there.
func copies(root string, c *instructions.CopyCommand, earlier map[string]bool) error {
	if c.From != "" {
		if !earlier[c.From] {
			return fmt.Errorf("COPY from %s, which is no earlier stage", c.From)
		}
		return nil
	}
	for _, source := range c.SourcePaths {
		if _, err := os.Stat(filepath.Join(root, source)); err != nil {
			return fmt.Errorf("COPY %s: %w", source, err)
		}
	}
	return nil
}

// uncommented is the comment at a file's top.
func uncommented(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		b.WriteString(strings.TrimLeft(comment, " "))
	}
	return b.String()
}
