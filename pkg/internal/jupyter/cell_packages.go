package jupyter

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// imports finds the packages of this module that a notebook's text names.
var imports = regexp.MustCompile(`\\"(sagalab/pkg/[A-Za-z0-9_/]+)\\"`)

// cellsStep builds, once, a program with everything that notebooks import, as the kernel builds a cell. The first cell then
// takes a second and not forty, and every module that a cell needs is in the module cache, since the kernel may fetch none.
// Only what they import: the reference service's engine would take a minute, and no cell uses it.
func (s *setupRun) cellsStep() step {
	pkgs, err := s.lab.importedPackages()
	modules, modErr := os.ReadFile(filepath.Join(s.lab.root, "go.sum"))
	return step{
		name: "the packages that notebooks import",
		key:  keyOf(strings.Join(pkgs, " "), string(modules), s.chain.Version, s.chain.Root, s.chain.BuildCache, s.chain.ModuleCache, cellFlags),
		present: func() bool {
			return err == nil && modErr == nil && exists(s.chain.ModuleCache) && exists(s.chain.BuildCache)
		},
		run: func(ctx context.Context, watch *commandLog) error {
			if err != nil {
				return err
			}
			if modErr != nil {
				return modErr
			}
			return s.buildCell(ctx, watch, pkgs)
		},
	}
}

// importedPackages lists, sorted, the module's own packages that notebooks import.
func (i *Installation) importedPackages() ([]string, error) {
	var files []string
	for _, pattern := range []string{"*.ipynb", "*/*.ipynb"} { // the second for editions in other languages
		found, err := filepath.Glob(filepath.Join(i.Notebooks(), pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	var pkgs []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("find the packages that notebooks import: %w", err)
		}
		for _, match := range imports.FindAllSubmatch(text, -1) {
			pkgs = append(pkgs, string(match[1]))
		}
	}
	slices.Sort(pkgs)
	return slices.Compact(pkgs), nil
}

// buildCell builds a program that imports pkgs, in a module of its own beside the checkout's in a workspace, which is how
// the kernel builds cells. Unlike the kernel it may fetch modules.
func (s *setupRun) buildCell(ctx context.Context, watch *commandLog, pkgs []string) error {
	dir, err := os.MkdirTemp("", "sagalab-cell-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeCell(dir, pkgs); err != nil {
		return err
	}
	env := append(os.Environ(), "GOFLAGS="+cellFlags, "GOWORK=", "GO111MODULE=on")
	build := []string{s.chain.path, "build", "-v", "-o", filepath.Join(dir, "cell"), "."}
	for _, line := range append(cellWorkspace(s.lab.root, s.chain.path), build) {
		if err := runWatched(ctx, watch, dir, env, line[0], line[1:]...); err != nil {
			return fmt.Errorf("%w\nThe Go module proxy may be out of reach: check `go env GOPROXY` and run the set-up again", err)
		}
	}
	return nil
}

// writeCell writes main.go, a program that imports pkgs, into dir.
func writeCell(dir string, pkgs []string) error {
	var text strings.Builder
	text.WriteString("package main\n\n")
	for _, p := range append([]string{"flag", "fmt", "os", "time"}, pkgs...) { // the standard ones are in nearly every cell
		fmt.Fprintf(&text, "import _ %q\n", p)
	}
	text.WriteString("\nfunc main() {}\n")
	return os.WriteFile(filepath.Join(dir, "main.go"), []byte(text.String()), 0o600)
}

// cellWorkspace lists the commands that make the current directory a module in a workspace with the checkout at root, as
// the kernel does for cells.
func cellWorkspace(root, goCommand string) [][]string {
	return [][]string{{goCommand, "mod", "init", "cell"}, {goCommand, "work", "init"}, {goCommand, "work", "use", root, "."}}
}
