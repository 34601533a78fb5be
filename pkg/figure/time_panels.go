package figure

import (
	"fmt"
	"image/color"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// curve is a quantity over time that is constant within each interval.
type curve struct {
	color color.NRGBA
	steps []step
}

// step is the value of one interval, from and to in seconds.
type step struct{ from, to, value float64 }

// panel is curves with an axis of quantities of its own. A figure may have several above
// one another, so that large numbers do not flatten the curve of small ones.
type panel struct {
	caption     string
	curves      []curve
	base, top   float64 // the values at its lower end and at its highest tick
	from, reach float64 // where it stands on the plot's axis, and how high it is
}

// newPanel spans the curves; its axis begins at base and reaches at least to least.
func newPanel(caption string, curves []curve, base, least float64) panel {
	top := least
	for _, c := range curves {
		for _, l := range c.steps {
			top = max(top, l.value)
		}
	}
	return panel{caption: language.Text(caption), curves: curves, base: base, top: top}
}

// at is where a value stands on the plot's axis.
func (p panel) at(v float64) float64 { return p.from + (v-p.base)/(p.top-p.base)*p.reach }

// ticks marks the lower end, which need not be round, and round values above it.
func (p panel) ticks() []plot.Tick {
	const spacing = 15 // points, at least
	ticks := []plot.Tick{{Value: p.base, Label: formatNumber(p.base, 0)}}
	for _, t := range evenTicksBetween(p.base, p.top, int(p.reach/spacing), false) {
		if p.at(t.Value)-p.from >= spacing/2 {
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// captionRoom is kept free above a panel's highest value.
const captionRoom = vg.Length(15)

// panels is a plotter of panels above one another.
type panels struct {
	list  []panel
	style text.Style
}

// addPanels lays out panels and shaded spans, with an axis of time that holds all curves:
// the first panel is the lowest.
func addPanels(p *plot.Plot, spans []Span, list ...panel) {
	end := 0.
	for _, c := range list[0].curves {
		for _, l := range c.steps {
			end = max(end, l.to)
		}
	}
	s := newSpanShading(spans, end)
	height := (dataHeight - s.height()) / vg.Length(len(list))
	var ticks plot.ConstantTicks
	for i := range list {
		a := &list[i]
		a.from, a.reach = float64(height)*float64(i), float64(height-captionRoom)
		for _, t := range a.ticks() {
			ticks = append(ticks, plot.Tick{Value: a.at(t.Value), Label: t.Label})
		}
	}
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, end, evenTicks(false)
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, float64(dataHeight), ticks
	p.Y.LineStyle.Color = color.Transparent
	p.Add(s, &panels{list: list, style: textStyle(8)})
}

// Plot draws each panel's grid, then its curves, the last one in front.
func (pa *panels) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, a := range pa.list {
		for _, t := range a.ticks() {
			line := draw.LineStyle{Color: color.Gray{Y: 0xd8}, Width: .5}
			if t.Value == a.base {
				line.Color = ink
			}
			c.StrokeLine2(line, c.Min.X, y(a.at(t.Value)), c.Max.X, y(a.at(t.Value)))
		}
		for _, v := range a.curves {
			v.draw(&c, x, func(value float64) vg.Length { return y(a.at(value)) })
		}
		c.FillText(pa.style, vg.Point{X: c.Min.X + 4, Y: y(a.at(a.top)) + 4}, a.caption)
	}
}

func (cu curve) draw(c *draw.Canvas, x, y func(float64) vg.Length) {
	var line []vg.Point
	for i, l := range cu.steps {
		if i > 0 && cu.steps[i-1].to != l.from { // nothing is known of what lies between
			c.StrokeLines(draw.LineStyle{Color: cu.color, Width: 1.25}, splitPolyline(line)...)
			line = nil
		}
		line = append(line, vg.Point{X: x(l.from), Y: y(l.value)}, vg.Point{X: x(l.to), Y: y(l.value)})
	}
	c.StrokeLines(draw.LineStyle{Color: cu.color, Width: 1.25}, splitPolyline(line)...)
}

// overTime is the title of an axis of time.
func overTime(width time.Duration) string {
	return fmt.Sprintf("time since the stage's start (s), in intervals of %v s", width.Seconds())
}

// stageLineEntries is a legend of stages that are lines.
func stageLineEntries(stages []runs.Stage) (entries []entry) {
	for i, c := range stageColors(stages) {
		entries = append(entries, stageLineEntry(oneLine(stages[i].Stage, maxNameLetters), c))
	}
	return entries
}

func noSteps(curves []curve) bool {
	return !slices.ContainsFunc(curves, func(c curve) bool { return len(c.steps) > 0 })
}
