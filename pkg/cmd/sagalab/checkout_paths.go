package main

import (
	"os"
	"path/filepath"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/runs"
)

// checkoutLab returns the lab of the checkout that jupyter.FindHome finds from the working
// directory.
func checkoutLab() (*jupyter.Installation, error) {
	root, err := jupyter.FindHome(".")
	if err != nil {
		return nil, err
	}
	return jupyter.New(root)
}

// runsStore returns the store of runs for the working directory (jupyter.RunsDir).
func runsStore() (runs.Store, error) {
	dir, err := jupyter.RunsDir(".")
	return runs.Store{Dir: dir}, err
}

// relativePath returns a path relative to the working directory when it lies below that,
// else as it is.
func relativePath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) && rel != "." {
		return rel
	}
	return path
}
