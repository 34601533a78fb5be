package jupyter

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// savedNotebook is the text of a notebook whose one cell says text, with JupyterLab's metadata in it or without.
func savedNotebook(text, metadata string) string {
	return fmt.Sprintf(`{"nbformat": 4, "nbformat_minor": 4, "metadata": {%s}, "cells": [{"cell_type": "code", "metadata": {}, "source": [%q], "outputs": [], "execution_count": null}]}`, metadata, text)
}

func TestCopyNotebooks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	l := &Installation{root: root}
	const name = "notebooks/01.ipynb"
	original := writeFileIn(t, root, name, savedNotebook("one", ""))
	writeFileIn(t, root, "notebooks/ja/01.ipynb", savedNotebook("ichi", ""))
	writeFileIn(t, root, "notebooks/.ipynb_checkpoints/01.ipynb", savedNotebook("old", ""))
	writeFileIn(t, root, "notebooks/pictures/a.png", "no notebook")
	duplicate := filepath.Join(l.Scratch(), "01.ipynb")

	set := func(path, text string) func() {
		return func() { writeFileIn(t, filepath.Dir(path), filepath.Base(path), text) }
	}
	for _, step := range []struct {
		what     string
		do       func()
		want     string
		outdated bool
	}{
		{"the first start", func() {}, savedNotebook("one", ""), false},
		{"nothing happened", func() {}, savedNotebook("one", ""), false},
		{"JupyterLab saved it unchanged", set(duplicate, savedNotebook("one", `"opened": true`)), savedNotebook("one", `"opened": true`), false},
		{"the original is newer", set(original, savedNotebook("two", "")), savedNotebook("two", ""), false},
		{"the person changed the copy", set(duplicate, savedNotebook("mine", "")), savedNotebook("mine", ""), false},
		{"and the original is newer", set(original, savedNotebook("three", "")), savedNotebook("mine", ""), true},
		{"which is said again", func() {}, savedNotebook("mine", ""), true},
		{"the person damaged the copy", set(duplicate, "no notebook"), "no notebook", true},
		{"the person deleted the copy", func() { os.Remove(duplicate) }, savedNotebook("three", ""), false},
		{"the record is lost", func() { os.Remove(l.inside("notebooks.json")) }, savedNotebook("three", ""), false},
		{"the original is newer again", set(original, savedNotebook("four", "")), savedNotebook("four", ""), false},
		{"the record is damaged", set(l.inside("notebooks.json"), "null"), savedNotebook("four", ""), false},
	} {
		step.do()
		got, err := l.CopyNotebooks(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		text, err := os.ReadFile(duplicate)
		if err != nil || string(text) != step.want {
			t.Errorf("%s: the copy is %q, %v; want %q", step.what, text, err, step.want)
		}
		if got.Dir != l.Scratch() || slices.Contains(got.Outdated, "01.ipynb") != step.outdated {
			t.Errorf("%s: CopyNotebooks = %+v; want the copy outdated: %v", step.what, got, step.outdated)
		}
	}
	var files []string
	err := filepath.WalkDir(l.Scratch(), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(l.Scratch(), path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if want := []string{"01.ipynb", "ja/01.ipynb"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("the copies are %q, %v; want %q", files, err, want)
	}
}
