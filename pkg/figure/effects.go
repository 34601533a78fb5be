package figure

import (
	"cmp"
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

// Effects draws a comparison as a forest plot: for each metric the change of B against A
// with its interval, coloured and marked by the verdict. An interval that crosses the line
// at 0 shows no difference; one that ends in an arrow continues beyond the figure. The
// axis is one of factors: half as much is as far from 0 as twice as much. Changes of a
// factor of ten or more, up or down, stand at the edge, so that all others can be read;
// the factor is written out.
func Effects(c compare.Comparison) (*plot.Plot, error) {
	title := fmt.Sprintf("Change of B against A: %s", sidesTitle(c))
	if len(c.Changes) == 0 {
		return nil, Nothing{title, "nothing was compared"}
	}
	p := newPlot(title, fmt.Sprintf("change in %%, in percentage points (pp) for ratios, with intervals of %g %%", 100*c.Confidence), "")
	f := newForest(c.Changes)
	// the right third is for the numbers
	p.X.Min, p.X.Max = f.low, f.high+.52*(f.high-f.low)
	p.X.Tick.Marker = f.ticks()
	p.Y.Min, p.Y.Max = -.6, float64(len(c.Changes))-.4
	var ticks plot.ConstantTicks
	for i, v := range c.Changes {
		ticks = append(ticks, plot.Tick{Value: f.row(i), Label: string(v.Metric)})
	}
	p.Y.Tick.Marker, p.Y.LineStyle.Color, p.Y.Tick.Color = ticks, color.Transparent, color.Transparent
	p.Add(f)
	var entries []entry
	for _, v := range []compare.Verdict{compare.Worse, compare.Better, compare.NoDifference, compare.TooFew} {
		if slices.ContainsFunc(c.Changes, func(x compare.Change) bool { return x.Verdict == v }) {
			entries = append(entries, entry{language.Text(string(v)), func(c *draw.Canvas, r vg.Rectangle) {
				verdictMarkOf(v).draw(c, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
			}})
		}
	}
	p.Add(newLegend(entries...))
	addWarningLines(p, noteSentences(addNotes(addNotes(nil, "A", c.A.Notes), "B", c.B.Notes)))
	return p, nil
}

// sidesTitle names both sides, once if they have the same name.
func sidesTitle(c compare.Comparison) string {
	name := func(s compare.Side) string { return oneLine(s.Stage, maxNameLetters) }
	text := name(c.A)
	if c.A.Stage != c.B.Stage {
		text = name(c.B) + " against " + name(c.A)
	}
	if c.A.Run != c.B.Run {
		text += fmt.Sprintf(" (A %s, B %s)", cmp.Or(oneLine(c.A.Run, maxNameLetters), "?"), cmp.Or(oneLine(c.B.Run, maxNameLetters), "?"))
	}
	return text
}

// forest is a plotter of changes below one another.
type forest struct {
	changes   []compare.Change
	low, high float64 // of the axis: where at puts the lowest and the highest
}

// changePosition is where a change stands on the axis.
func changePosition(percent float64) float64 { return math.Log1p(percent / 100) }

// The smallest and the largest change, in percent, on the axis: a tenth, and ten times.
const minChange, maxChange = -90, 900

// newForest lays out an axis that spans 0 and the intervals of conclusive verdicts: one
// of too few samples may be so wide that the others could not be read.
func newForest(changes []compare.Change) *forest {
	f := &forest{changes: changes, low: changePosition(-2), high: changePosition(2)}
	for _, v := range changes {
		values := []float64{v.Change.Value}
		if v.Verdict != compare.TooFew {
			values = append(values, v.Change.Low, v.Change.High)
		}
		if v.Change.Value < minChange || v.Change.Value > maxChange { // it stands at the edge
			continue
		}
		for _, x := range values {
			if finite(x) {
				f.low, f.high = min(f.low, changePosition(max(x, minChange))), max(f.high, changePosition(min(x, maxChange)))
			}
		}
	}
	room := .06 * (f.high - f.low)
	f.low, f.high = f.low-room, f.high+room
	return f
}

// ticks marks round changes, from 0 outwards, as many as can be read.
func (f *forest) ticks() (ticks plot.ConstantTicks) {
	const spacing = .075 // of the axis of changes
	up := []float64{1, 2, 5, 10, 20, 50, 100, 200, 400, maxChange}
	down := []float64{-1, -2, -5, -10, -20, -35, -50, -65, -80, minChange}
	ticks = append(ticks, plot.Tick{Value: 0, Label: "0"})
	for _, direction := range [][]float64{up, down} {
		last := 0.
		for _, v := range direction {
			if x := changePosition(v); x > f.low && x < f.high && math.Abs(x-last) > spacing*(f.high-f.low) {
				label := formatNumber(v, 0)
				if v == maxChange {
					label = "×10"
				}
				ticks = append(ticks, plot.Tick{Value: x, Label: label})
				last = x
			}
		}
	}
	return ticks
}

// row is where the i-th change stands: the first one is the highest.
func (f *forest) row(i int) float64 { return float64(len(f.changes) - 1 - i) }

// Plot draws the line at 0, then each interval with its mark and its numbers.
func (f *forest) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i := range f.changes {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, c.Min.X, y(f.row(i)), c.Max.X, y(f.row(i)))
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: .8}, x(0), c.Min.Y, x(0), c.Max.Y)
	style := textStyle(9)
	style.XAlign, style.YAlign = draw.XRight, draw.YCenter
	for i, v := range f.changes {
		f.interval(&c, v, x, y(f.row(i)))
		text := v.String()
		if !finite(v.Change.Value) && v.Note != "" {
			text = language.Text(v.Note)
		}
		c.FillText(style, vg.Point{X: c.Max.X, Y: y(f.row(i))}, elide(text, c.Max.X-x(f.high)-6, style))
	}
}

func (f *forest) interval(c *draw.Canvas, v compare.Change, x func(float64) vg.Length, y vg.Length) {
	e := v.Change
	if math.IsNaN(e.Low + e.High + e.Value) {
		return
	}
	m := verdictMarkOf(v.Verdict)
	line := draw.LineStyle{Color: m.color, Width: 1.8}
	low, high := changePosition(e.Low), changePosition(max(e.High, e.Low))
	within := func(v float64) vg.Length { return x(min(max(v, f.low), f.high)) }
	c.StrokeLine2(line, within(low), y, within(high), y)
	drawIntervalEnd(c, line, within(low), y, low < f.low, -1)
	drawIntervalEnd(c, line, within(high), y, high > f.high, 1)
	const beside = 9 // an arrow, where the value itself lies beyond
	mark := within(changePosition(e.Value))
	switch value := changePosition(e.Value); {
	case value > f.high:
		mark -= beside
		c.StrokeLine2(line, mark, y, x(f.high), y)
	case value < f.low:
		mark += beside
		c.StrokeLine2(line, x(f.low), y, mark, y)
	}
	m.draw(c, vg.Point{X: mark, Y: y})
}

// drawIntervalEnd closes an interval with a bar or, where it continues, with an arrow.
func drawIntervalEnd(c *draw.Canvas, line draw.LineStyle, x, y vg.Length, on bool, direction vg.Length) {
	const size = 3.5
	if on {
		c.FillPolygon(line.Color, []vg.Point{{X: x + direction*size, Y: y}, {X: x - direction*size, Y: y + size}, {X: x - direction*size, Y: y - size}})
		return
	}
	c.StrokeLine2(line, x, y-size, x, y+size)
}

// verdictMark is how a verdict is drawn, by shape and colour.
type verdictMark struct {
	color color.NRGBA
	shape draw.GlyphDrawer
	empty bool
}

func verdictMarkOf(v compare.Verdict) verdictMark {
	switch v {
	case compare.Worse:
		return verdictMark{palette[5], draw.BoxGlyph{}, false}
	case compare.Better:
		return verdictMark{palette[2], draw.CircleGlyph{}, false}
	case compare.NoDifference:
		return verdictMark{gray, draw.CircleGlyph{}, true}
	}
	return verdictMark{color.NRGBA{0xbb, 0xbb, 0xbb, 0xff}, draw.BoxGlyph{}, true}
}

func (m verdictMark) draw(c *draw.Canvas, at vg.Point) {
	const r = 4
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: m.color, Radius: r, Shape: m.shape}, at)
	if m.empty {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: color.White, Radius: r - 1.5, Shape: m.shape}, at)
	}
}
