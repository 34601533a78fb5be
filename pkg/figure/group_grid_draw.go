package figure

import (
	"image/color"
	"iter"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// placedGroup is a group of a stage and where it stands on the axis of groups.
type placedGroup struct {
	at    float64
	color color.NRGBA
	of    *runs.Group
}

// stageShare is how wide a stage's part of a group is.
func (g *groupGrid) stageShare() float64 { return groupShare / float64(len(g.stages)) }

// each iterates over the groups of all stages.
func (g *groupGrid) each() iter.Seq[placedGroup] {
	return func(yield func(placedGroup) bool) {
		for k, group := range g.groups {
			for i, x := range group.byStage {
				aside := (float64(i) - float64(len(g.stages)-1)/2) * g.stageShare()
				if x != nil && !yield(placedGroup{float64(k) + aside, g.colors[i], x}) {
					return
				}
			}
		}
	}
}

// Plot draws the panels.
func (g *groupGrid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	g.grid(&c, y)
	bars := make([]stackedBar, 0, len(g.groups)*len(g.stages))
	for v := range g.each() {
		g.percentiles(&c, v, x(v.at), y)
		bar := stackedBar{at: v.at, width: g.stageShare() * .92, label: formatCount(v.of.Failure)}
		bar.parts = []part{{size: g.failures.at(failedPercent(v.of)), swatch: swatch{v.color, hatched}}}
		bars = append(bars, bar)
	}
	room := (x(1) - x(0)) * vg.Length(g.stageShare())
	s := newVerticalBars(bars, room)
	if s.rotated { // no room for words
		for i := range bars {
			bars[i].label = ""
		}
	}
	s.Plot(c, p)
}

// grid draws the lines of the ticks, the lower ends and the captions of the panels.
func (g *groupGrid) grid(c *draw.Canvas, y func(float64) vg.Length) {
	line := func(at float64, ink color.Color) {
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: .5}, c.Min.X, y(at), c.Max.X, y(at))
	}
	for _, t := range g.failures.ticks() {
		line(g.failures.at(t.Value), faint)
	}
	for _, t := range g.latencyTicks() {
		if !t.IsMinor() {
			line(g.latencyAt(t.Value), faint)
		}
	}
	line(0, ink)
	line(float64(latencyFrom), ink)
	latency := "latency (ms): dot p50, dash p95, end p99"
	if g.latency.log {
		latency = "latency (ms, logarithmic): dot p50, dash p95, end p99"
	}
	c.FillText(g.style, vg.Point{X: c.Min.X + 4, Y: y(float64(latencyFrom+latencyReach)) + 5}, language.Text(latency))
	c.FillText(g.style, vg.Point{X: c.Min.X + 4, Y: y(float64(latencyFrom)) - 11}, language.Text("failures (% of its requests, and how many)"))
}

// percentiles draws the line from the 50th to the 99th percentile and its marks.
func (g *groupGrid) percentiles(c *draw.Canvas, v placedGroup, x vg.Length, y func(float64) vg.Length) {
	if !finite(v.of.P50) || !finite(v.of.P99) {
		return
	}
	at := func(ms float64) vg.Length { return y(g.latencyAt(g.latency.at(max(ms, 0)))) }
	half := min(6, g.halfWidth(c))
	c.StrokeLine2(draw.LineStyle{Color: v.color, Width: 2}, x, at(v.of.P50), x, at(v.of.P99))
	for _, ms := range []float64{v.of.P95, v.of.P99} {
		c.StrokeLine2(draw.LineStyle{Color: v.color, Width: 1.5}, x-half, at(ms), x+half, at(ms))
	}
	c.DrawGlyph(draw.GlyphStyle{Color: v.color, Radius: min(3, half), Shape: draw.CircleGlyph{}}, vg.Point{X: x, Y: at(v.of.P50)})
}

// halfWidth returns half of what a stage's part of a group is wide.
func (g *groupGrid) halfWidth(c *draw.Canvas) vg.Length {
	return (c.Max.X - c.Min.X) / vg.Length(len(g.groups)) * vg.Length(g.stageShare()) / 2
}
