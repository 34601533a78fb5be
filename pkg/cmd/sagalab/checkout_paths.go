package main

import (
	"os"
	"path/filepath"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/runs"
)

// here returns the lab of the checkout that lab.FindHome finds from the working
// directory.
func checkoutLab() (*jupyter.Lab, error) {
	root, err := jupyter.FindHome(".")
	if err != nil {
		return nil, err
	}
	return jupyter.New(root)
}

// storeHere returns the store of the working directory's runs (lab.RunsDir).
func runsStore() (runs.Store, error) {
	dir, err := jupyter.RunsDir(".")
	return runs.Store{Dir: dir}, err
}

// shown is a path as a person would type it from here; the working directory itself
// is named in full.
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
