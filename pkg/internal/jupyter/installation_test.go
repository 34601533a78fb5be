package jupyter

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sagalab/pkg/internal/testing/chromium"
)

// TestMain stops the browser that tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	if err := chromium.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var (
	setUpOnce sync.Once
	setUpErr  error
)

// readyLab is the lab of this very checkout, set up: the real one, shared by all tests and by people.
func readyLab(t *testing.T) *Installation {
	t.Helper()
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(root)
	if err != nil {
		t.Fatal(err)
	}
	setUpOnce.Do(func() { setUpErr = l.SetUp(t.Context(), Setup{Explore: true, Progress: os.Stderr}) })
	if setUpErr != nil {
		t.Fatal(setUpErr)
	}
	return l
}

// writeNotebook writes a notebook of the given cells, those that start with # being Markdown, and returns its path.
func writeNotebook(t *testing.T, cells ...string) string {
	t.Helper()
	list := []map[string]any{}
	for _, source := range cells {
		if source[0] == '#' {
			list = append(list, map[string]any{"cell_type": "markdown", "metadata": map[string]any{}, "source": source})
			continue
		}
		list = append(list, map[string]any{
			"cell_type": "code", "metadata": map[string]any{"tags": []string{"kept"}}, "source": source,
			"outputs": []any{}, "execution_count": nil,
		})
	}
	return writeJSON(t, map[string]any{
		"nbformat": 4, "nbformat_minor": 4, "cells": list,
		"metadata": map[string]any{
			"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"},
			"own":        "kept",
		},
	})
}

func writeJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "small.ipynb")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
