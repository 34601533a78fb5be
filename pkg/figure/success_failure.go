package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// SuccessFailure draws two bars for each stage, its operations with and without success,
// with the counts above. An operation of unknown outcome counts as a failure.
func SuccessFailure(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Success/Failure by stage"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	p := newPlot(title, "stage", "requests")
	colors := stageColors(stages)
	var bars []stackedBar
	for i, s := range stages {
		success := 0
		for o := range s.EachOperation("success") {
			if o.Success {
				success++
			}
		}
		bars = append(bars,
			countBar(float64(i)-.2, success, swatch{colors[i], plain}),
			countBar(float64(i)+.2, s.OperationCount()-success, swatch{colors[i], hatched}))
	}
	room := dataWidth / vg.Length(len(stages))
	addVerticalBars(p, newVerticalBars(bars, room*.4))
	p.Y.Tick.Marker = evenTicks(true)
	p.X.Min, p.X.Max = -.6, float64(len(stages))-.4
	var ticks plot.ConstantTicks
	for i, s := range stages {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: wrapName(s.Stage, room*.95, p.X.Tick.Label)})
	}
	p.X.Tick.Marker = padLines(ticks)
	p.Add(newLegend(areaEntry(language.Text("success"), swatch{gray, plain}), areaEntry(language.Text("failure"), swatch{gray, hatched})))
	addWarnings(p, stages, false)
	return p, nil
}

// countBar is a bar of one part with its count.
func countBar(at float64, n int, s swatch) stackedBar {
	return stackedBar{at: at, width: .36, parts: []part{{size: float64(n), swatch: s}}, label: formatCount(n)}
}

// addVerticalBars adds bars that stand on a horizontal axis of categories.
func addVerticalBars(p *plot.Plot, s *stackedBars) {
	p.Add(grid(true, false), s)
	p.Y.Min, p.Y.Max = 0, s.end(dataHeight)
	p.X.Tick.Color = color.Transparent // their length keeps names off the axis
}
