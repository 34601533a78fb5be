// Command check reads the files of pkg/deploy that people copy, and the Dockerfile, with the readers of the tools that will run them:
//
//	go -C pkg/deploy/check test ./...        check them, and check that faults in them are refused
//	go -C pkg/deploy/check run . -commands   print sagalab's command lines in them, each as a JSON array
//
// The compose file is read by compose's own loader (schema, interpolation, references), Kubernetes' objects strictly into its API types,
// the Dockerfile by BuildKit's parser and linter. Rules of ours are added: no secret is written down, ports are published on loopback
// only, no process runs as root, and each command gets the time that it may need to end. Not checked is what only an engine or a cluster
// can know: that images are built and pulled, Kubernetes' validation beyond its types, admission, quotas, network policies.
//
// It is a module of its own, so that these readers stay out of the repository's go.mod, which every notebook cell is compiled with. A test
// of package cmd/sagalab gives the command lines to the program's own flags.
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
	commands := flag.Bool("commands", false, "print sagalab's command lines, each as a JSON array")
	root := flag.String("root", filepath.Join("..", "..", ".."), "directory of the repository")
	flag.Parse()
	all, err := checkAll(context.Background(), *root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if !*commands {
		return
	}
	for _, c := range all {
		text, _ := json.Marshal(c) // strings only
		fmt.Println(string(text))
	}
}

// files are what is checked, by path in the repository, and what reads each. A reader returns sagalab's command lines, without the
// program's name.
var files = []struct {
	path string
	read func(ctx context.Context, root, text string) (commands [][]string, err error)
}{
	{"pkg/deploy/compose.yaml", func(ctx context.Context, _, text string) ([][]string, error) { return compose(ctx, text) }},
	{"pkg/deploy/kubernetes-worker.yaml", func(_ context.Context, _, text string) ([][]string, error) { return kubernetes(text) }},
	{"pkg/deploy/kubernetes-service.yaml", func(_ context.Context, _, text string) ([][]string, error) { return kubernetes(text) }},
	{"Dockerfile", func(_ context.Context, root, text string) ([][]string, error) { return dockerfile(root, text) }},
}

// checkAll checks all files of the repository at root. It returns the command lines in them and everything that is wrong.
func checkAll(ctx context.Context, root string) (commands [][]string, err error) {
	var errs []error
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.path)))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		of, err := f.read(ctx, root, string(text))
		commands = append(commands, of...)
		if err := errors.Join(err, checkVariables(root, string(text))); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.path, err))
		}
	}
	return commands, errors.Join(errs...)
}
