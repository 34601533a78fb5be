package figure

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/runs"
)

// histogramBins is how many bins a histogram has, as in the original notebook.
const histogramBins = 50

// LatencyHistogram draws the stages' distributions of latency over one another, in common
// bins. The heights are percentages of a stage's own requests, so that a stage of 50 can
// be compared with one of 1000; the legend has the numbers of requests. The axis of
// latency is logarithmic when the latencies span more than two decades.
func LatencyHistogram(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Latency distribution by stage"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	p := newPlot(title, "", "share of the stage's requests (%)")
	axis := newLatencyAxis(stages)
	axis.configure(&p.X)
	all := distributions{axis: axis}
	var entries []entry
	top := 0.
	for i, c := range stageColors(stages) {
		d := distribution{color: c, heights: shares(stages[i], axis)}
		for _, h := range d.heights {
			top = max(top, h)
		}
		all.stages = append(all.stages, d)
		entries = append(entries, areaEntry(fmt.Sprintf("%s, n = %s", oneLine(stages[i].Stage, maxNameLetters), formatCount(stages[i].OperationCount())), swatch{color: c}))
	}
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, max(top*1.05, .01), evenTicks(false)
	p.Add(grid(true, true), all, newLegend(entries...))
	addWarnings(p, stages, false)
	return p, nil
}

// shares returns what percentage of a stage's operations lies in each bin.
func shares(s runs.Stage, axis latencyAxis) []float64 {
	heights := make([]float64, histogramBins)
	n := 0
	for o := range s.EachOperation("latency_ms") {
		if v := o.LatencyMS; finite(v) {
			heights[axis.bin(v, histogramBins)]++
			n++
		}
	}
	for i := range heights {
		heights[i] *= 100 / float64(max(n, 1))
	}
	return heights
}

// distributions is a plotter of histograms over one another.
type distributions struct {
	axis   latencyAxis
	stages []distribution
}

type distribution struct {
	color   color.NRGBA
	heights []float64
}

// Plot draws all fills, which are translucent, and then all outlines, so that no stage
// covers another's.
func (d distributions) Plot(c draw.Canvas, p *plot.Plot) {
	for _, s := range d.stages {
		fill := s.color
		fill.A = uint8(0xc0 / (len(d.stages) + 2))
		for _, hill := range d.hills(&c, p, s.heights) {
			c.FillPolygon(fill, hill)
		}
	}
	for _, s := range d.stages {
		c.StrokeLines(draw.LineStyle{Color: s.color, Width: 1.25}, d.hills(&c, p, s.heights)...)
	}
}

// hills returns the outlines of a distribution, one for each row of bins that are not
// empty: lines along the axis would cover one another.
func (d distributions) hills(c *draw.Canvas, p *plot.Plot, heights []float64) [][]vg.Point {
	x, y := p.Transforms(c)
	var hills [][]vg.Point
	last := 0.
	for i, h := range append(heights, 0) {
		left := x(d.axis.edge(i, histogramBins))
		if last == 0 && h > 0 {
			hills = append(hills, []vg.Point{{X: left, Y: y(0)}})
		}
		if n := len(hills) - 1; last > 0 || h > 0 {
			hills[n] = append(hills[n], vg.Point{X: left, Y: y(last)}, vg.Point{X: left, Y: y(h)})
		}
		last = h
	}
	return hills
}
