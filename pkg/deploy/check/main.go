// Command manifests checks what the README has people copy into a deployment, and
// the Dockerfile, with the readers of those who will run it:
//
//	go -C pkg/deploy/check run .             what was read, or what is wrong with it
//	go -C pkg/deploy/check run . -commands   the command lines in it, each as a JSON array
//
// Compose files are read by compose's own loader (its schema, interpolation,
// references), Kubernetes' objects strictly into its own API types, the Dockerfile
// by BuildKit's parser and linter. Beside that stand rules of ours: no secret is
// written down, nothing is published but on loopback, nobody runs as root, and who
// is ended gets the time that he needs. What only an engine or a cluster can know
// is not checked: that images are built and pulled, Kubernetes' own validation
// beyond its types, admission, quotas.
//
// This is a module of its own, so that these readers do not bend the versions in
// the repository's go.mod. Its tests run in `go test ./...` of the repository, in
// package cmd/sagalab, which also gives the command lines to the program's flags.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	commands := flag.Bool("commands", false, "print the command lines, each as a JSON array")
	root := flag.String("root", filepath.Join("..", "..", ".."), "directory of the repository")
	flag.Parse()
	f, err := checkAll(context.Background(), *root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *commands {
		for _, c := range f.commands {
			text, _ := json.Marshal(c) // strings only
			fmt.Println(string(text))
		}
		return
	}
	for _, line := range f.read {
		fmt.Println(line)
	}
}

// findings are what was read, as lines for people, and the program's command lines
// in it, without the program's name.
type findings struct {
	read     []string
	commands [][]string
}

func (f *findings) add(commands [][]string, format string, a ...any) {
	f.read = append(f.read, fmt.Sprintf(format, a...))
	f.commands = append(f.commands, commands...)
}

// checkAll reads the README and the Dockerfile of a repository.
func checkAll(ctx context.Context, root string) (f findings, err error) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return f, err
	}
	var errs []error
	for _, b := range blocks(string(readme)) {
		if err := errors.Join(f.block(ctx, b), unread(root, b.text)); err != nil {
			errs = append(errs, fmt.Errorf("the block at line %d of README.md: %w", b.line, err))
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err == nil {
		var commands [][]string
		if commands, err = dockerfile(root, text); err == nil {
			f.add(commands, "Dockerfile")
		}
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("the Dockerfile: %w", err))
	}
	return f, errors.Join(errs...)
}

// block reads one block of the README, if it is of a deployment.
func (f *findings) block(ctx context.Context, b block) error {
	switch {
	case b.language == "sh":
		commands, err := shell(b.text)
		if err == nil && len(commands) > 0 {
			f.add(commands, "README.md:%d shell", b.line)
		}
		return err
	case b.language != "yaml":
		return nil
	case hasKey(b.text, "services"):
		commands, err := compose(ctx, b.text)
		f.add(commands, "README.md:%d compose", b.line)
		return err
	case hasKey(b.text, "apiVersion"):
		kinds, commands, err := kubernetes(b.text)
		f.add(commands, "README.md:%d Kubernetes: %v", b.line, kinds)
		return err
	}
	return errors.New("neither a compose file nor Kubernetes' objects")
}
