package main

import (
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

// dockerfile checks a Dockerfile whose build context is the directory root, and returns the command line of each image in it.
func dockerfile(root, text string) (commands [][]string, err error) {
	parsed, err := parser.Parse(strings.NewReader(text))
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
		image, err := checkStage(root, s, names)
		errs = append(errs, err)
		names[s.Name] = true
		if len(image) > 0 {
			commands = append(commands, image)
		}
	}
	if !names["service"] || stages[len(stages)-1].Name != "lab" {
		errs = append(errs, errors.New("want a stage service, and lab as the last one, which is built by default"))
	}
	return commands, errors.Join(errs...)
}

var number = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)

// checkStage applies our rules to a build stage. command is what its image starts, if it has a CMD.
func checkStage(root string, s instructions.Stage, earlier map[string]bool) (command []string, err error) {
	var errs []error
	var user string
	var starts bool
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.CopyCommand:
			errs = append(errs, checkCopy(root, c, earlier))
		case *instructions.EntrypointCommand:
			starts = true
			if c.PrependShell || filepath.Base(c.CmdLine[len(c.CmdLine)-1]) != "sagalab" {
				errs = append(errs, fmt.Errorf("stage %s does not start sagalab itself: %q", s.Name, c.CmdLine))
			}
		case *instructions.CmdCommand:
			command = c.CmdLine
			if c.PrependShell {
				errs = append(errs, fmt.Errorf("stage %s: a shell would receive the signals: write CMD as an array", s.Name))
			}
		}
	}
	if starts && (user == "" || user == "root" || user == "0") || s.Name == "service" && !number.MatchString(user) {
		errs = append(errs, fmt.Errorf("stage %s runs as %q: want another than root, and in service by number, or runAsNonRoot cannot be checked", s.Name, user))
	}
	return command, errors.Join(errs...)
}

// checkCopy refuses a COPY of files that do not exist.
func checkCopy(root string, c *instructions.CopyCommand, earlier map[string]bool) error {
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
