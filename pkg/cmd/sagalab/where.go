package main

import (
	"os"
	"path/filepath"

	"sagalab/pkg/lab"
	"sagalab/pkg/runs"
)

// here returns the lab of the checkout that lab.FindHome finds from the working
// directory.
func here() (*lab.Lab, error) {
	root, err := lab.FindHome(".")
	if err != nil {
		return nil, err
	}
	return lab.New(root)
}

// storeHere returns the store of the working directory's runs (lab.RunsDir).
func storeHere() (runs.Store, error) {
	dir, err := lab.RunsDir(".")
	return runs.Store{Dir: dir}, err
}

// shown is a path as a person would type it from here; the working directory itself
// is named in full.
func shown(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) && rel != "." {
		return rel
	}
	return path
}
