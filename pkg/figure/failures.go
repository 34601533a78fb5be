package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"maps"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/runs"
)

// mostReasons is how many reasons have a bar of their own.
const mostReasons = 9

// FailuresByReason is a bar for each reason, the most frequent on top: the
// operations without success, by stage. Reasons beyond the ninth share a bar.
func FailuresByReason(stages []runs.Stage) (*plot.Plot, error) {
	const title = "Failures by reason"
	if p := nothing(title, stages); p != nil {
		return p, nil
	}
	reasons := countReasons(stages)
	if len(reasons) == 0 {
		return words(title, fmt.Sprintf("no failures in %s requests", count(operations(stages)))), nil
	}
	p := blank(title, "failed requests", "")
	colors := stageColors(stages)
	var bars []stack
	var ticks plot.ConstantTicks
	var names vg.Length
	for i, r := range reasons {
		b := stack{at: float64(-i), width: .7, label: count(r.total)}
		for j, n := range r.byStage {
			b.parts = append(b.parts, part{size: float64(n), swatch: swatch{color: colors[j]}, label: count(n)})
		}
		bars = append(bars, b)
		name := shown(r.name, 28)
		names = max(names, p.Y.Tick.Label.Width(name))
		ticks = append(ticks, plot.Tick{Value: b.at, Label: name})
	}
	s := newRows(bars)
	p.Add(grid(false, true), s)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, s.end(Width*vg.Inch-30-names), evenTicks(true)
	// room for three bars at least: one alone would fill the figure
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = .5-float64(max(3, len(reasons))), .5, ticks
	p.Y.Tick.Color = color.Transparent
	p.Add(newLegend(stageAreas(stages, reasons)...))
	return p, nil
}

// stageAreas is a legend of the stages that have failures.
func stageAreas(stages []runs.Stage, reasons []reason) (entries []entry) {
	colors := stageColors(stages)
	for i, s := range stages {
		if slices.ContainsFunc(reasons, func(r reason) bool { return r.byStage[i] > 0 }) {
			entries = append(entries, area(shown(s.Stage, maxName), swatch{color: colors[i]}))
		}
	}
	return entries
}

// reason is why operations failed, and how many of each stage.
type reason struct {
	name    string
	total   int
	byStage []int
}

// countReasons is the reasons of the stages' failures, the most frequent first,
// at most mostReasons and one that stands for the rest.
func countReasons(stages []runs.Stage) []reason {
	by := map[string]*reason{}
	for i, s := range stages {
		for j := range s.Operations {
			if s.Operations[j].Success {
				continue
			}
			name := cmp.Or(s.Operations[j].Reason, "(no reason recorded)")
			if by[name] == nil {
				by[name] = &reason{name: name, byStage: make([]int, len(stages))}
			}
			by[name].total++
			by[name].byStage[i]++
		}
	}
	sorted := slices.SortedFunc(maps.Values(by), func(a, b *reason) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.name, b.name))
	})
	var out []reason
	for i, r := range sorted {
		if i < mostReasons || len(sorted) == mostReasons+1 {
			out = append(out, *r)
			continue
		}
		if i == mostReasons {
			out = append(out, reason{name: fmt.Sprintf("%d other reasons", len(sorted)-mostReasons), byStage: make([]int, len(stages))})
		}
		out[mostReasons].total += r.total
		for j, n := range r.byStage {
			out[mostReasons].byStage[j] += n
		}
	}
	return out
}
