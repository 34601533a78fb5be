package figure

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/compare"
	"sagalab/pkg/internal/language"
)

// Predictions draws what was predicted for retry policies beside what was measured: a row for each policy, a
// panel for each metric, both in the order in which they first appear. The bar is the interval of the
// prediction, with its value as a dot, and gray where it is too wide for a verdict; each black line is
// a stage that was measured. A bar that ends in an arrow goes on beyond the panel. Axes of times are
// logarithmic. It returns Nothing when nothing was predicted; of more than 12 policies the first 12
// are drawn, which a line below the figure says, and of more than 4 metrics the first 4.
func Predictions(list []compare.Prediction) (*plot.Plot, error) {
	const title = "Predicted and measured"
	g := newPredictionGrid(list)
	names := map[string]bool{}
	for _, p := range list {
		names[p.Policy] = true
	}
	if len(g.policies) == 0 {
		return nil, Nothing{title, "nothing was predicted"}
	}
	p := newPlot(title, "", "")
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, float64(len(g.panels)), plot.ConstantTicks{}
	p.Y.Min, p.Y.Max = -.6, float64(len(g.policies))-.4
	p.X.LineStyle.Color, p.Y.LineStyle.Color, p.Y.Tick.Color = color.Transparent, color.Transparent, color.Transparent
	var labels plot.ConstantTicks
	for i, name := range g.policies {
		labels = append(labels, plot.Tick{Value: g.row(i), Label: oneLine(name, maxNameLetters)})
	}
	p.Y.Tick.Marker = labels
	p.Add(g, newLegend(
		entry{language.Text("predicted"), predictionEntry(palette[0])},
		entry{language.Text("predicted, too wide to judge"), predictionEntry(gray)},
		entry{language.Text("measured, a line for each stage"), func(c *draw.Canvas, r vg.Rectangle) { drawMeasured(c, middle(r)) }}))
	if len(names) > len(g.policies) {
		addWarningLines(p, []string{fmt.Sprintf("only the first %d of %d policies are drawn", len(g.policies), len(names))})
	}
	return p, nil
}

// maxPredicted is how many policies Predictions draws.
const maxPredicted = 12

// predictionGrid is a plotter of panels beside one another, each one unit wide on the plot's axis.
type predictionGrid struct {
	policies []string
	panels   []predictionPanel
}

// predictionPanel is a metric's predictions.
type predictionPanel struct {
	metric compare.Metric
	axis   valueAxis
	list   []compare.Prediction
}

func newPredictionGrid(list []compare.Prediction) *predictionGrid {
	const maxPanels = 4
	g := &predictionGrid{}
	for _, p := range list {
		if !slices.Contains(g.policies, p.Policy) && len(g.policies) < maxPredicted {
			g.policies = append(g.policies, p.Policy)
		}
		at := slices.IndexFunc(g.panels, func(x predictionPanel) bool { return x.metric == p.Metric })
		if at < 0 && len(g.panels) < maxPanels {
			at, g.panels = len(g.panels), append(g.panels, predictionPanel{metric: p.Metric})
		}
		if at >= 0 && slices.Contains(g.policies, p.Policy) {
			g.panels[at].list = append(g.panels[at].list, p)
		}
	}
	for i := range g.panels {
		g.panels[i].fitAxis()
	}
	return g
}

// fitAxis spans the panel's axis: all that was measured, all predicted values, and the intervals of those
// that are narrow.
func (a *predictionPanel) fitAxis() {
	var values []float64
	for _, p := range a.list {
		values = append(values, p.Measured...)
		values = append(values, p.Predicted.Value)
		if !p.Wide {
			values = append(values, p.Predicted.Low, p.Predicted.High)
		}
	}
	values = slices.DeleteFunc(values, func(v float64) bool { return !finite(v) })
	if len(values) == 0 {
		values = []float64{0}
	}
	scale := linear
	if a.metric.Unit() == "ms" && slices.Min(values) > 0 {
		scale = logarithmic
	}
	a.axis = newValueAxis(values, false, scale)
}

// row is where the i-th policy stands: the first one is the highest.
func (g *predictionGrid) row(i int) float64 { return float64(len(g.policies) - 1 - i) }

// GlyphBoxes keeps room below the data for the panels' axes.
func (g *predictionGrid) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 0, Y: 0, Rectangle: vg.Rectangle{Min: vg.Point{Y: -2.2 * panelFoot}}}}
}

// Plot draws the panels.
func (g *predictionGrid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i := range g.policies {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, c.Min.X, y(g.row(i)), c.Max.X, y(g.row(i)))
	}
	for i := range g.panels {
		r := vg.Rectangle{Min: vg.Point{X: x(float64(i)) + panelGap, Y: c.Min.Y}, Max: vg.Point{X: x(float64(i+1)) - panelGap, Y: c.Max.Y}}
		g.panels[i].draw(&c, r, func(policy string) vg.Length { return y(g.row(slices.Index(g.policies, policy))) })
	}
}

// draw draws a panel into r, with the rows at the heights that row returns.
func (a *predictionPanel) draw(c *draw.Canvas, r vg.Rectangle, row func(policy string) vg.Length) {
	x := func(v float64) vg.Length {
		on := (a.axis.at(v) - a.axis.low) / (a.axis.high - a.axis.low)
		return r.Min.X + r.Size().X*vg.Length(min(max(on, 0), 1))
	}
	a.drawAxis(c, r)
	for _, p := range a.list {
		y := row(p.Policy)
		a.drawPredicted(c, p, x, y)
		for _, v := range p.Measured {
			if finite(v) {
				drawMeasured(c, vg.Point{X: x(v), Y: y})
			}
		}
	}
}

// drawAxis draws the axis below r, its ticks, and the name of the metric.
func (a *predictionPanel) drawAxis(c *draw.Canvas, r vg.Rectangle) {
	line := draw.LineStyle{Color: ink, Width: .5}
	c.StrokeLine2(line, r.Min.X, r.Min.Y, r.Max.X, r.Min.Y)
	style := textStyle(8)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for _, t := range a.ticks(r.Size().X) {
		at := r.Min.X + r.Size().X*vg.Length((t.Value-a.axis.low)/(a.axis.high-a.axis.low))
		if t.IsMinor() {
			c.StrokeLine2(line, at, r.Min.Y, at, r.Min.Y-2)
			continue
		}
		c.StrokeLine2(line, at, r.Min.Y, at, r.Min.Y-4)
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, at, r.Min.Y, at, r.Max.Y)
		c.FillText(style, vg.Point{X: at, Y: r.Min.Y - 5}, t.Label)
	}
	name := string(a.metric)
	if unit := a.metric.Unit(); unit != "" {
		name += " (" + unit + ")"
	}
	style = textStyle(9)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: r.Min.Y - 5 - panelFoot}, name)
}

// ticks returns the marks of an axis of some length, with labels that stand apart: on a logarithmic one those of
// powers of ten first.
func (a *predictionPanel) ticks(length vg.Length) []plot.Tick {
	const apart = 28 // points between two labels
	if !a.axis.log {
		return evenTicksBetween(a.axis.low, a.axis.high, max(2, int(length/apart)), false)
	}
	ticks := powerTicks(a.axis.low, a.axis.high)
	perUnit := float64(length) / (a.axis.high - a.axis.low)
	var labelled []float64
	for _, power := range []bool{true, false} {
		for i, t := range ticks {
			if t.IsMinor() || power != (t.Value == math.Trunc(t.Value)) {
				continue
			}
			if slices.ContainsFunc(labelled, func(v float64) bool { return math.Abs(v-t.Value)*perUnit < apart }) {
				ticks[i].Label = ""
				continue
			}
			labelled = append(labelled, t.Value)
		}
	}
	return ticks
}

// drawPredicted draws the interval of a prediction, and its value.
func (a *predictionPanel) drawPredicted(c *draw.Canvas, p compare.Prediction, x func(float64) vg.Length, y vg.Length) {
	shade := palette[0]
	if p.Wide {
		shade = gray
	}
	line := draw.LineStyle{Color: shade, Width: 7}
	c.StrokeLine2(line, x(p.Predicted.Low), y, x(p.Predicted.High), y)
	within := func(v float64) bool { on := a.axis.at(v); return on >= a.axis.low && on <= a.axis.high }
	for _, end := range []struct {
		value     float64
		direction vg.Length
	}{{p.Predicted.Low, -1}, {p.Predicted.High, 1}} {
		if !within(end.value) {
			const head = 8
			c.FillPolygon(shade, []vg.Point{{X: x(end.value) + end.direction*head, Y: y}, {X: x(end.value), Y: y + head}, {X: x(end.value), Y: y - head}})
		}
	}
	if finite(p.Predicted.Value) {
		drawPredictedValue(c, shade, vg.Point{X: x(p.Predicted.Value), Y: y})
	}
}

// drawPredictedValue draws the value of a prediction, which stands out from its bar.
func drawPredictedValue(c *draw.Canvas, shade color.Color, at vg.Point) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: color.White, Radius: 4, Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: shade, Radius: 2.8, Shape: draw.CircleGlyph{}}, at)
}

// drawMeasured draws what was measured in one stage.
func drawMeasured(c *draw.Canvas, at vg.Point) {
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.2}, at.X, at.Y-7, at.X, at.Y+7)
}

func predictionEntry(shade color.Color) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		y := middle(r).Y
		c.StrokeLine2(draw.LineStyle{Color: shade, Width: 5}, r.Min.X, y, r.Max.X, y)
		drawPredictedValue(c, shade, middle(r))
	}
}

func middle(r vg.Rectangle) vg.Point {
	return vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}
}
