package lab

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

// packagesStage builds what the notebooks import, once, so that the first cell takes two seconds and not forty. Only what
// they import: the reference service's engine would take a minute and no cell uses it.
func (l *Lab) packagesStage(chain toolchain, rec *record) stage {
	pkgs, err := l.importedPackages()
	modules, modErr := os.ReadFile(filepath.Join(l.root, "go.sum"))
	key := keyOf(strings.Join(pkgs, " "), string(modules), chain.Version, chain.Root, cellFlags)
	return stage{
		name: "the packages that notebooks import",
		done: func() bool { return err == nil && modErr == nil && rec.Packages == key },
		run: func(ctx context.Context, watch *watcher) error {
			if err != nil {
				return err
			}
			if modErr != nil {
				return modErr
			}
			if err := l.buildPackages(ctx, chain, watch, pkgs); err != nil {
				return err
			}
			rec.Packages = key
			return nil
		},
	}
}

// importedPackages lists, sorted, the module's own packages that notebooks import.
func (l *Lab) importedPackages() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(l.Notebooks(), "*.ipynb"))
	if err != nil {
		return nil, err
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

func (l *Lab) buildPackages(ctx context.Context, chain toolchain, watch *watcher, pkgs []string) error {
	env := append(os.Environ(), "GOFLAGS="+cellFlags, "GOWORK=off")
	// The standard packages that nearly every cell uses, for a checkout whose notebooks import nothing yet.
	args := append([]string{"build", "-v", "fmt", "flag", "os", "time"}, pkgs...)
	return runWatched(ctx, watch, l.root, env, chain.path, args...)
}
