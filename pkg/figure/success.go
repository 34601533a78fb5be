package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/runs"
)

// SuccessFailure is two bars for each stage, its operations with and without
// success, with the counts above. Whose outcome is unknown is a failure here.
func SuccessFailure(stages []runs.Stage) (*plot.Plot, error) {
	const title = "Success/Failure by stage"
	if err := nothing(title, stages); err != nil {
		return nil, err
	}
	p := blank(title, "stage", "requests")
	colors := stageColors(stages)
	var bars []stack
	for i, s := range stages {
		success := 0
		for j := range s.Operations {
			if s.Operations[j].Success {
				success++
			}
		}
		bars = append(bars,
			single(float64(i)-.2, success, swatch{colors[i], plain}),
			single(float64(i)+.2, len(s.Operations)-success, swatch{colors[i], hatched}))
	}
	room := dataWidth / vg.Length(len(stages))
	upwards(p, newStacks(bars, room*.4))
	p.Y.Tick.Marker = evenTicks(true)
	p.X.Min, p.X.Max = -.6, float64(len(stages))-.4
	var ticks plot.ConstantTicks
	for i, s := range stages {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: fit(s.Stage, room*.95, p.X.Tick.Label)})
	}
	p.X.Tick.Marker = level(ticks)
	p.Add(newLegend(area("success", swatch{gray, plain}), area("failure", swatch{gray, hatched})))
	beware(p, stages, false)
	return p, nil
}

// single is a bar of one part with its count.
func single(at float64, n int, s swatch) stack {
	return stack{at: at, width: .36, parts: []part{{size: float64(n), swatch: s}}, label: count(n)}
}

// upwards adds bars that stand on a horizontal axis of categories.
func upwards(p *plot.Plot, s *stacks) {
	p.Add(grid(true, false), s)
	p.Y.Min, p.Y.Max = 0, s.end(dataHeight)
	p.X.Tick.Color = color.Transparent // their length keeps names off the axis
}
