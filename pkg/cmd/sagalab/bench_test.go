package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/load"
)

// BenchmarkWarmCell is the first notebook as `sagalab run` executes it in a checkout that is set up, from the kernel's
// start to the page. Beside the time of the whole it reports, in seconds, the median and the slowest of the cells that have
// nothing to do but to show what is recorded: what a cell costs beyond its own work is its build, its start and its
// display.
func BenchmarkWarmCell(b *testing.B) {
	l, err := checkoutLab()
	if err != nil {
		b.Fatal(err)
	}
	if err := l.SetUp(b.Context(), jupyter.Setup{Progress: os.Stderr}); err != nil {
		b.Fatal(err)
	}
	service, err := startShop(b.Context(), io.Discard, "127.0.0.1:0", shop.Config{Lab: true})
	if err != nil {
		b.Fatal(err)
	}
	var seconds []float64
	for b.Loop() {
		_, err := l.Execute(b.Context(), jupyter.Execution{
			Notebook: filepath.Join(l.Notebooks(), firstNotebook), OutDir: b.TempDir(),
			Env: []string{"SAGALAB_API=" + service.url(), "SAGALAB_RUNS=" + b.TempDir(), "SAGALAB_SESSION=" + b.Name()},
			Progress: func(e jupyter.CellEvent) {
				if e.Ended && strings.HasPrefix(e.FirstLine, "nb.") {
					seconds = append(seconds, e.Took.Seconds())
				}
			},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	seconds = load.Sorted(seconds)
	b.ReportMetric(float64(len(seconds))/float64(b.N), "cells")
	b.ReportMetric(load.Quantile(seconds, .5), "s/cell-median")
	b.ReportMetric(load.Quantile(seconds, 1), "s/cell-max")
}
