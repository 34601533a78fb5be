package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/jupyter"
)

// TestChooseNotebooks looks at what JupyterLab is to show, in a checkout with one
// notebook and in another directory.
func TestChooseNotebooks(t *testing.T) {
	t.Parallel()
	const notebook = `{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}`
	root, shop := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "notebooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "notebooks", firstNotebook), []byte(notebook), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := jupyter.New(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		flags     labFlags
		dir, open string
		copies    bool
	}{
		{"the checkout's", labFlags{}, l.Scratch(), firstNotebook, true},
		{"the checkout's, named", labFlags{dir: l.Notebooks()}, l.Scratch(), firstNotebook, true},
		{"the checkout's, in place", labFlags{inPlace: true}, l.Notebooks(), firstNotebook, false},
		{"another directory", labFlags{dir: shop}, shop, "", false},
	} {
		o, log := jupyter.Options{Dir: tt.flags.dir}, new(bytes.Buffer)
		if err := tt.flags.chooseNotebooks(t.Context(), log, l, &o); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		text := tt.flags.notebooksText(l, o.Dir)
		if o.Dir != tt.dir || o.Open != tt.open || log.Len() > 0 || strings.Contains(text, "--in-place") != tt.copies {
			t.Errorf("%s: shows %s, opens %q, says %q and %q; want %s, %q, copies: %v", tt.name, o.Dir, o.Open, text, log, tt.dir, tt.open, tt.copies)
		}
	}
	changed := filepath.Join(l.Scratch(), firstNotebook)
	for path, text := range map[string]string{changed: "mine", filepath.Join(l.Notebooks(), firstNotebook): "newer"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := new(bytes.Buffer)
	if err := (labFlags{}).chooseNotebooks(t.Context(), log, l, &jupyter.Options{}); err != nil || !strings.Contains(log.String(), "newer "+firstNotebook) {
		t.Errorf("with a changed copy of an original that is newer: %v, %q; want that to be said", err, log)
	}
	if text, err := os.ReadFile(changed); err != nil || string(text) != "mine" {
		t.Errorf("the changed copy is %q, %v", text, err)
	}
}

func TestLabRefusesDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "lab.ipynb")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{file: "name the directory", filepath.Join(t.TempDir(), "none"): "the directory of the notebooks"} {
		if _, _, code, err := invoke(t, "lab", dir); code == 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("lab %s ended with %d, %v; want an error that says %q", dir, code, err, want)
		}
	}
}
