package bench

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sagalab/pkg/load"
)

// GoFigure is a figure of one of our own Go benchmarks: the median of its runs.
type GoFigure struct {
	Benchmark string  `json:"benchmark"`
	Unit      string  `json:"unit"`
	Value     float64 `json:"value"`
	Runs      int     `json:"runs"`
}

// goBench is a benchmark to run, and how.
type goBench struct{ pkg, pattern, time string }

// goBenches are those behind the lines of reach.
var goBenches = []goBench{
	{"./pkg/frame", "^BenchmarkOperations$/^(100000|1000000)$", "5x"},
	{"./pkg/figure", "^BenchmarkMillionRows$", "2x"},
	{"./pkg/internal/audit", "^BenchmarkJudge$/^(state|crowded)$/^(100000|1000000)$", "2x"},
	{"./pkg/cmd/sagalab", "^BenchmarkWarmCell$", "1x"},
}

// goFigures runs our own Go benchmarks, Rounds times each, one after another.
func (b *Bench) goFigures(ctx context.Context) error {
	benches := goBenches
	if b.size.goQuick {
		benches = []goBench{{"./pkg/frame", "^BenchmarkOperations$/^1000$", "1x"}}
	}
	found := map[string][]float64{}
	var order []GoFigure
	for _, g := range benches {
		fmt.Fprintf(b.Log, "Go benchmarks: %s %s\n", g.pkg, g.pattern)
		bounded, cancel := context.WithTimeoutCause(ctx, 2*b.Patience, fmt.Errorf("not done within %v", 2*b.Patience))
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
		t.add(f.Benchmark, figures(f.Value), f.Unit)
	}
	t.print(b.Out)
	return nil
}

var goLine = regexp.MustCompile(`^(Benchmark\S*?)(?:-\d+)?\s+\d+\s+(.*)$`)

// goUnits are the units that are figures here: what a benchmark reports itself,
// and seconds for one that reports nothing.
var goUnits = map[string]bool{"ns/row": true, "s/audit": true, "s/cell-median": true, "ns/op": true}

// parseGo reads the lines of `go test -bench`. ns/op stays only where a benchmark
// has no unit of its own, as s/op.
func parseGo(out string) []GoFigure {
	var all []GoFigure
	for line := range strings.Lines(out) {
		m := goLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		var own []GoFigure
		fields := strings.Fields(m[2])
		for i := 0; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err == nil && goUnits[fields[i+1]] {
				own = append(own, GoFigure{Benchmark: m[1], Unit: fields[i+1], Value: v})
			}
		}
		if len(own) == 1 && own[0].Unit == "ns/op" {
			own[0].Unit, own[0].Value = "s/op", own[0].Value/1e9
		}
		for _, f := range own {
			if f.Unit != "ns/op" {
				all = append(all, f)
			}
		}
	}
	return all
}
