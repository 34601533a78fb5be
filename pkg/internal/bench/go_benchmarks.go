package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"

	"sagalab/pkg/load"
)

// GoFigure is a figure of a Go benchmark of this repository: the median of its runs.
type GoFigure struct {
	Benchmark string  `json:"benchmark"`
	Unit      string  `json:"unit"`
	Value     float64 `json:"value"`
	Runs      int     `json:"runs"`
}

// goBenchmarkRun is a benchmark and how it is run.
type goBenchmarkRun struct{ pkg, pattern, time string }

// goBenchmarkRuns are those that goals are about.
var goBenchmarkRuns = []goBenchmarkRun{
	{"./pkg/frame", "^BenchmarkOperations$/^(100000|1000000)$", "5x"},
	{"./pkg/figure", "^BenchmarkMillionRows$", "2x"},
	{"./pkg/internal/audit", "^BenchmarkJudge$/^(state|crowded)$/^(100000|1000000)$", "2x"},
	{"./pkg/cmd/sagalab", "^BenchmarkWarmCell$", "1x"},
	{"./pkg/nb", "^BenchmarkCellsOfNotebook01$/^1000000$", "3x"},
}

// goBenchmarks runs the Go benchmarks of this repository, Rounds times each, one after another.
func (b *Bench) goBenchmarks(ctx context.Context) error {
	benches := goBenchmarkRuns
	if b.size.goQuick {
		benches = []goBenchmarkRun{{"./pkg/frame", "^BenchmarkOperations$/^1000$", "1x"}}
	}
	found := map[string][]float64{}
	var order []GoFigure
	for _, g := range benches {
		fmt.Fprintf(b.Log, "Go benchmarks: %s %s\n", g.pkg, g.pattern)
		bounded, cancel := context.WithTimeoutCause(ctx, 2*b.Timeout, fmt.Errorf("not done within %v", 2*b.Timeout))
		c, err := program{path: "go", args: []string{"test", "-run", "^$", "-bench", g.pattern, "-benchtime", g.time, "-count", strconv.Itoa(b.Rounds), "-timeout", "60m", g.pkg}, dir: b.Root}.run(bounded)
		cancel()
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil {
			b.fail("Go benchmarks", g.pkg, err)
			continue
		}
		for _, f := range parseGo(c.Out) {
			key := f.Benchmark + " " + f.Unit
			if found[key] = append(found[key], f.Value); len(found[key]) == 1 {
				order = append(order, f)
			}
		}
	}
	t := table{title: fmt.Sprintf("Go benchmarks: medians of %d runs", b.Rounds), head: []string{"benchmark", "figure", "unit"}}
	for _, f := range order {
		v := load.Sorted(found[f.Benchmark+" "+f.Unit])
		f.Value, f.Runs = load.Quantile(v, .5), len(v)
		b.Report.Go = append(b.Report.Go, f)
		t.add(f.Benchmark, formatFigure(f.Value), f.Unit)
	}
	t.print(b.Out)
	return nil
}

// goUnits are the units that are figures here: those that a benchmark reports itself.
var goUnits = map[string]bool{"ns/row": true, "s/audit": true, "s/cell-median": true, "s/cells": true, "MB/cells": true}

// parseGo reads the output of `go test -bench`: the figures in goUnits, or the time of an operation, as s/op, of a benchmark that has
// none of them.
func parseGo(out string) (all []GoFigure) {
	lines := benchfmt.NewReader(strings.NewReader(out), "go test")
	for lines.Scan() {
		r, ok := lines.Result().(*benchfmt.Result)
		if !ok { // a syntax error, or the unit of a benchmark
			continue
		}
		name := "Benchmark" + withoutProcs(r.Name)
		var perOp []GoFigure
		found := false
		for _, v := range r.Values {
			if v.OrigUnit != "" { // the reader converts ns to seconds
				v.Value, v.Unit = v.OrigValue, v.OrigUnit
			}
			switch {
			case goUnits[v.Unit]:
				all, found = append(all, GoFigure{Benchmark: name, Unit: v.Unit, Value: v.Value}), true
			case v.Unit == "ns/op":
				perOp = []GoFigure{{Benchmark: name, Unit: "s/op", Value: v.Value / 1e9}}
			}
		}
		if !found {
			all = append(all, perOp...)
		}
	}
	return all
}

// withoutProcs returns a benchmark's name without GOMAXPROCS, which is its suffix where that is not 1.
func withoutProcs(name benchfmt.Name) string {
	_, parts := name.Parts()
	if n := len(parts); n > 0 && parts[n-1][0] == '-' {
		return strings.TrimSuffix(name.String(), string(parts[n-1]))
	}
	return name.String()
}
