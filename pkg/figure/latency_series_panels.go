package figure

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/runs"
)

// The layout of panels beside and below one another.
const (
	maxTraces    = 12 // panels
	maxColumns   = 4
	panelGap     = vg.Length(12) // between columns
	panelHead    = vg.Length(12) // for a panel's name
	panelFoot    = vg.Length(14) // for the labels of its axis
	indexesApart = vg.Length(42) // between two of these, at least
)

// trace is one stage's series.
type trace struct {
	name             string
	points, failures []point
	color            color.NRGBA
	last             float64 // the highest place in the order of starts
}

// traceGrid is a plotter of a panel for each trace. On the plot's axes a panel is one
// unit wide and one high, the first one at the top on the left.
type traceGrid struct {
	traces        []trace
	axis          latencyAxis
	columns, rows int
	style         text.Style
}

func newTraceGrid(stages []runs.Stage, colors []color.NRGBA, axis latencyAxis, maxPoints int) *traceGrid {
	g := &traceGrid{axis: axis, columns: len(stages), rows: 1, style: textStyle(8)}
	if g.columns > maxColumns {
		g.rows = (len(stages) + maxColumns - 1) / maxColumns
		g.columns = (len(stages) + g.rows - 1) / g.rows
	}
	for i, s := range stages {
		points := byStart(s)
		g.traces = append(g.traces, trace{
			name: fmt.Sprintf("%s, n = %s", oneLine(s.Stage, maxNameLetters), formatCount(s.OperationCount())), color: colors[i],
			points: thin(points, maxPoints), failures: failuresToMark(points, maxPoints), last: max(1, float64(s.OperationCount()-1)),
		})
	}
	return g
}

// at is the position of a latency in the k-th row from below, on the plot's axis.
func (g *traceGrid) at(k int, on float64) float64 {
	height := float64(dataHeight) / float64(g.rows)
	low, high := float64(panelFoot)/height, 1-float64(panelHead)/height
	if k == 0 {
		low = 0 // its labels stand below the data
	}
	return float64(k) + low + (high-low)*(on-g.axis.low)/(g.axis.high-g.axis.low)
}

// ticks returns those of a latency axis, once for each row of panels.
func (g *traceGrid) ticks(marker plot.Ticker) (ticks plot.ConstantTicks) {
	for k := range g.rows {
		for _, t := range g.marks(marker) {
			if g.axis.log && g.rows > 1 && t.Value != math.Trunc(t.Value) {
				t.Label = "" // there is no room for all
			}
			t.Value = g.at(k, t.Value)
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// marks returns the ticks of one row, as many as can be read.
func (g *traceGrid) marks(marker plot.Ticker) []plot.Tick {
	if g.axis.log {
		return marker.Ticks(g.axis.low, g.axis.high)
	}
	return evenTicksBetween(g.axis.low, g.axis.high, max(2, 8/g.rows), false)
}

// GlyphBoxes keeps room below the data for the labels of the lowest panels, and at the
// right for half of the last one.
func (g *traceGrid) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Y: 0, Rectangle: vg.Rectangle{Min: vg.Point{Y: -panelFoot}, Max: vg.Point{X: 10}}}}
}

// Plot draws the panels.
func (g *traceGrid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, t := range g.traces {
		column, row := i%g.columns, g.rows-1-i/g.columns
		left, right := x(float64(column)), x(float64(column+1))
		if column > 0 {
			left += panelGap / 2
		}
		if column+1 < g.columns {
			right -= panelGap / 2
		}
		g.panel(&c, t, vg.Rectangle{Min: vg.Point{X: left, Y: y(g.at(row, g.axis.low))}, Max: vg.Point{X: right, Y: y(g.at(row, g.axis.high))}})
	}
}

// panel draws one trace into r: its grid and axes, its name, the line and the crosses.
func (g *traceGrid) panel(c *draw.Canvas, t trace, r vg.Rectangle) {
	y := func(on float64) vg.Length {
		return r.Min.Y + r.Size().Y*vg.Length((on-g.axis.low)/(g.axis.high-g.axis.low))
	}
	x := func(index float64) vg.Length { return r.Min.X + r.Size().X*vg.Length(index/t.last) }
	marker := plot.Ticker(evenTicks(false))
	if g.axis.log {
		marker = plot.TickerFunc(powerTicks)
	}
	for _, tick := range g.marks(marker) {
		if !tick.IsMinor() {
			c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, r.Min.X, y(tick.Value), r.Max.X, y(tick.Value))
		}
	}
	axis := draw.LineStyle{Color: ink, Width: .5}
	c.StrokeLine2(axis, r.Min.X, r.Min.Y, r.Min.X, r.Max.Y)
	c.StrokeLine2(axis, r.Min.X, r.Min.Y, r.Max.X, r.Min.Y)
	label := g.style
	label.XAlign, label.YAlign = draw.XCenter, draw.YTop
	for _, tick := range evenTicksBetween(0, t.last, max(1, int(r.Size().X/indexesApart)), true) {
		c.StrokeLine2(axis, x(tick.Value), r.Min.Y, x(tick.Value), r.Min.Y-3)
		within := min(x(tick.Value), r.Max.X+2-label.Width(tick.Label)/2) // or it would touch the next panel's
		c.FillText(label, vg.Point{X: within, Y: r.Min.Y - 4}, tick.Label)
	}
	c.FillText(g.style, vg.Point{X: r.Min.X + 2, Y: r.Max.Y + 3}, elide(t.name, r.Size().X-2, g.style))
	t.draw(c, func(v point) vg.Point { return vg.Point{X: x(float64(v.index)), Y: y(g.axis.at(v.latency))} })
}

// draw draws the line and then the crosses.
func (t trace) draw(c *draw.Canvas, place func(point) vg.Point) {
	line := make([]vg.Point, len(t.points))
	for i, v := range t.points {
		line[i] = place(v)
	}
	c.StrokeLines(draw.LineStyle{Color: t.color, Width: 1.1}, splitPolyline(line)...)
	if len(line) == 1 { // no line to be seen
		c.DrawGlyph(draw.GlyphStyle{Color: t.color, Radius: 2.5, Shape: draw.CircleGlyph{}}, line[0])
	}
	for _, v := range t.failures {
		failureCross{t.color}.draw(c, place(v))
	}
}
