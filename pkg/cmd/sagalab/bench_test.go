package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sagalab/pkg/lab"
	"sagalab/pkg/load"
)

// BenchmarkWarmCell is what a cell costs beyond its own work: build, start, show.
// Ten different cells call what the notebooks call and find nothing to do; it
// reports the median and the slowest of them in seconds.
func BenchmarkWarmCell(b *testing.B) {
	l, err := here()
	if err != nil {
		b.Fatal(err)
	}
	if err := l.SetUp(b.Context(), lab.Setup{Progress: os.Stderr}); err != nil {
		b.Fatal(err)
	}
	sources := []string{"import (\n\t\"sagalab/pkg/figure\"\n\t\"sagalab/pkg/frame\"\n\t\"sagalab/pkg/nb\"\n\t\"sagalab/pkg/purchase\"\n)\nvar order = purchase.Request{UserID: 1}\n%%\nnb.Plot(figure.LatencySeries(nil, 10))"}
	for i := range 10 {
		sources = append(sources, fmt.Sprintf("%%%%\norder.Quantity = %d\nif order.Quantity < 0 {\n\tnb.Plot(figure.LatencySeries(nil, 10))\n}\nnb.Table(frame.Summary(nil))", i))
	}
	path := filepath.Join(b.TempDir(), "cells.ipynb")
	if err := os.WriteFile(path, notebookOf(sources), 0o644); err != nil {
		b.Fatal(err)
	}
	var seconds []float64
	for b.Loop() {
		_, err := l.Execute(b.Context(), lab.Execution{Notebook: path, OutDir: b.TempDir(), Progress: func(e lab.CellEvent) {
			if e.Ended && e.Cell > 1 { // the first one is not warm
				seconds = append(seconds, e.Took.Seconds())
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	seconds = load.Sorted(seconds)
	b.ReportMetric(load.Quantile(seconds, .5), "s/cell-median")
	b.ReportMetric(load.Quantile(seconds, 1), "s/cell-max")
}

// notebookOf is a notebook with these cells of code.
func notebookOf(sources []string) []byte {
	cells := make([]map[string]any, len(sources))
	for i, s := range sources {
		cells[i] = map[string]any{"cell_type": "code", "id": fmt.Sprint("c", i), "metadata": map[string]any{}, "source": s, "outputs": []any{}, "execution_count": nil}
	}
	b, err := json.Marshal(map[string]any{
		"cells": cells, "nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
	})
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	return b
}
