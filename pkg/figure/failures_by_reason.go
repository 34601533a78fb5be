package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"maps"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// Bounds of FailuresByReason.
const (
	maxReasons     = 9  // that have bars of their own
	maxFailureBars = 26 // bars, unless there are more stages
	minFont        = 6.5
)

// FailuresByReason draws a bar for each reason and each stage that failed for it: the
// percentage of the stage's requests, so that the failures of a stage of 50 can be seen
// beside those of one of 1000. The label of a bar is how many requests it is of how many.
// The reason with the largest percentage is on top; reasons for which there is no room
// share a bar. Without failures the error is Nothing.
func FailuresByReason(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Failures by reason"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	reasons := countReasons(stages)
	if len(reasons) == 0 {
		return nil, Nothing{title, fmt.Sprintf("no failures in %s requests", formatCount(operations(stages)))}
	}
	p := newPlot(title, "share of the stage's requests (%)", "")
	bars, ticks, low := failureBars(stages, reasons)
	var names vg.Length
	for i := range ticks {
		names = max(names, p.Y.Tick.Label.Width(ticks[i].Label))
	}
	room := Width*vg.Inch - 30 - names
	s := newHorizontalBars(bars)
	if pitch := dataHeight / vg.Length(-low); pitch < minFont {
		for i := range bars { // too thin for words
			bars[i].label = ""
		}
	} else {
		s.style.Font.Size = min(s.style.Font.Size, pitch)
	}
	p.Add(grid(false, true), s)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, s.end(room), percentTicks
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = min(low, -4), .3, ticks // one bar alone would fill the figure
	p.Y.Tick.Color = color.Transparent
	p.Add(legendWithin(room-margin, stageAreas(stages, reasons)...))
	addWarnings(p, stages, false)
	return p, nil
}

// failureBars returns the bars from the top downwards, the ticks with the names of their
// reasons, and the lower end of the last bar.
func failureBars(stages []runs.Stage, reasons []reason) (bars []stackedBar, ticks plot.ConstantTicks, low float64) {
	const spacing = .5 // between two reasons
	colors := stageColors(stages)
	for _, r := range reasons {
		top := low
		for j, n := range r.byStage {
			if n == 0 {
				continue
			}
			requests := stages[j].OperationCount()
			bars = append(bars, stackedBar{at: low - .5, width: .84, label: language.Text(fmt.Sprintf("%s of %s", formatCount(n), formatCount(requests))),
				parts: []part{{size: 100 * float64(n) / float64(requests), swatch: swatch{color: colors[j]}}}})
			low--
		}
		ticks = append(ticks, plot.Tick{Value: (top + low) / 2, Label: oneLine(r.name, 28)})
		low -= spacing
	}
	return bars, ticks, low + spacing - .1
}

// stageAreas is a legend of the stages that have failures.
func stageAreas(stages []runs.Stage, reasons []reason) (entries []entry) {
	colors := stageColors(stages)
	for i, s := range stages {
		if slices.ContainsFunc(reasons, func(r reason) bool { return r.byStage[i] > 0 }) {
			entries = append(entries, areaEntry(oneLine(s.Stage, maxNameLetters), swatch{color: colors[i]}))
		}
	}
	return entries
}

// reason is a reason of failures with its counts.
type reason struct {
	name    string
	total   int
	share   float64 // the largest of any stage
	byStage []int
}

// bars is how many stages failed for it.
func (r reason) bars() (n int) {
	for _, failed := range r.byStage {
		if failed > 0 {
			n++
		}
	}
	return n
}

// countReasons returns the reasons of the stages' failures, that with the largest
// percentage first: at most maxReasons and one that stands for the rest, fewer where each
// has many bars.
func countReasons(stages []runs.Stage) []reason {
	sorted := slices.SortedFunc(maps.Values(allReasons(stages)), func(a, b *reason) int {
		return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(b.total, a.total), cmp.Compare(a.name, b.name))
	})
	own, bars := 0, 0
	for own < len(sorted) && own < maxReasons && (own == 0 || bars+sorted[own].bars() <= maxFailureBars-len(stages)) {
		bars += sorted[own].bars()
		own++
	}
	if own+1 == len(sorted) { // one alone needs no bar for others
		own++
	}
	var out []reason
	for _, r := range sorted[:own] {
		out = append(out, *r)
	}
	if own == len(sorted) {
		return out
	}
	rest := reason{name: language.Text(fmt.Sprintf("%d other reasons", len(sorted)-own)), byStage: make([]int, len(stages))}
	for _, r := range sorted[own:] {
		rest.total += r.total
		for j, n := range r.byStage {
			rest.byStage[j] += n
		}
	}
	return append(out, rest)
}

// allReasons counts by name.
func allReasons(stages []runs.Stage) map[string]*reason {
	by := map[string]*reason{}
	for i, s := range stages {
		for o := range s.EachOperation("success", "reason") {
			if o.Success {
				continue
			}
			name := cmp.Or(o.Reason, language.Text("(no reason recorded)"))
			if by[name] == nil {
				by[name] = &reason{name: name, byStage: make([]int, len(stages))}
			}
			by[name].total++
			by[name].byStage[i]++
		}
		for _, r := range by {
			r.share = max(r.share, float64(r.byStage[i])/float64(max(s.OperationCount(), 1)))
		}
	}
	return by
}
