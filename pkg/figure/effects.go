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
)

// Effects is a comparison as a forest plot: for each metric the change of B
// against A with its interval, coloured and marked by what can be concluded. An
// interval that crosses the line at 0 shows no difference; one that ends in an
// arrow goes on beyond the figure. The axis is one of factors: half as much stands
// as far from 0 as twice as much. What is ten times as much or more, or a tenth or
// less, stands at its edge, so that all else can be read; its factor is written out.
func Effects(c compare.Comparison) (*plot.Plot, error) {
	title := fmt.Sprintf("Change of B against A: %s", compared(c))
	if len(c.Changes) == 0 {
		return nil, Nothing{title, "nothing was compared"}
	}
	p := blank(title, fmt.Sprintf("change in %%, in percentage points (pp) for ratios, with intervals of %g %%", 100*c.Confidence), "")
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
			entries = append(entries, entry{string(v), func(c *draw.Canvas, r vg.Rectangle) {
				markOf(v).draw(c, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
			}})
		}
	}
	p.Add(newLegend(entries...))
	addCaption(p, sentences(addNotes(addNotes(nil, "A", c.A.Notes), "B", c.B.Notes)))
	return p, nil
}

// compared names both sides: once, where they are called the same.
func compared(c compare.Comparison) string {
	name := func(s compare.Side) string { return shown(s.Stage, maxName) }
	text := name(c.A)
	if c.A.Stage != c.B.Stage {
		text = name(c.B) + " against " + name(c.A)
	}
	if c.A.Run != c.B.Run {
		text += fmt.Sprintf(" (A %s, B %s)", cmp.Or(shown(c.A.Run, maxName), "?"), cmp.Or(shown(c.B.Run, maxName), "?"))
	}
	return text
}

// forest is a plotter of changes below one another.
type forest struct {
	changes   []compare.Change
	low, high float64 // of the axis: where at puts the lowest and the highest
}

// at is where a change stands on the axis.
func at(percent float64) float64 { return math.Log1p(percent / 100) }

// The changes, in percent, that the axis reaches at most: a tenth, and ten times.
const leastChange, mostChange = -90, 900

// newForest spans 0 and the intervals from which something can be concluded: one
// of too few samples may be so wide that nothing else could be read.
func newForest(changes []compare.Change) *forest {
	f := &forest{changes: changes, low: at(-2), high: at(2)}
	for _, v := range changes {
		values := []float64{v.Change.Value}
		if v.Verdict != compare.TooFew {
			values = append(values, v.Change.Low, v.Change.High)
		}
		if v.Change.Value < leastChange || v.Change.Value > mostChange { // it stands at the edge
			continue
		}
		for _, x := range values {
			if finite(x) {
				f.low, f.high = min(f.low, at(max(x, leastChange))), max(f.high, at(min(x, mostChange)))
			}
		}
	}
	room := .06 * (f.high - f.low)
	f.low, f.high = f.low-room, f.high+room
	return f
}

// ticks marks round changes, from 0 outwards, as many as can be read.
func (f *forest) ticks() (ticks plot.ConstantTicks) {
	const apart = .075 // of the axis of changes
	up := []float64{1, 2, 5, 10, 20, 50, 100, 200, 400, mostChange}
	down := []float64{-1, -2, -5, -10, -20, -35, -50, -65, -80, leastChange}
	ticks = append(ticks, plot.Tick{Value: 0, Label: "0"})
	for _, way := range [][]float64{up, down} {
		last := 0.
		for _, v := range way {
			if x := at(v); x > f.low && x < f.high && math.Abs(x-last) > apart*(f.high-f.low) {
				label := number(v, 0)
				if v == mostChange {
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
	style := letters(9)
	style.XAlign, style.YAlign = draw.XRight, draw.YCenter
	for i, v := range f.changes {
		f.interval(&c, v, x, y(f.row(i)))
		text := v.String()
		if !finite(v.Change.Value) && v.Note != "" {
			text = v.Note
		}
		c.FillText(style, vg.Point{X: c.Max.X, Y: y(f.row(i))}, clip(text, c.Max.X-x(f.high)-6, style))
	}
}

func (f *forest) interval(c *draw.Canvas, v compare.Change, x func(float64) vg.Length, y vg.Length) {
	e := v.Change
	if math.IsNaN(e.Low + e.High + e.Value) {
		return
	}
	m := markOf(v.Verdict)
	line := draw.LineStyle{Color: m.color, Width: 1.8}
	low, high := at(e.Low), at(max(e.High, e.Low))
	within := func(v float64) vg.Length { return x(min(max(v, f.low), f.high)) }
	c.StrokeLine2(line, within(low), y, within(high), y)
	end(c, line, within(low), y, low < f.low, -1)
	end(c, line, within(high), y, high > f.high, 1)
	const beside = 9 // an arrow, where the value itself lies beyond
	mark := within(at(e.Value))
	switch value := at(e.Value); {
	case value > f.high:
		mark -= beside
		c.StrokeLine2(line, mark, y, x(f.high), y)
	case value < f.low:
		mark += beside
		c.StrokeLine2(line, x(f.low), y, mark, y)
	}
	m.draw(c, vg.Point{X: mark, Y: y})
}

// end closes an interval with a bar or, where it goes on, with an arrow.
func end(c *draw.Canvas, line draw.LineStyle, x, y vg.Length, on bool, way vg.Length) {
	const size = 3.5
	if on {
		c.FillPolygon(line.Color, []vg.Point{{X: x + way*size, Y: y}, {X: x - way*size, Y: y + size}, {X: x - way*size, Y: y - size}})
		return
	}
	c.StrokeLine2(line, x, y-size, x, y+size)
}

// conclusion is how a verdict is marked, by shape and colour.
type conclusion struct {
	color color.NRGBA
	shape draw.GlyphDrawer
	empty bool
}

func markOf(v compare.Verdict) conclusion {
	switch v {
	case compare.Worse:
		return conclusion{palette[5], draw.BoxGlyph{}, false}
	case compare.Better:
		return conclusion{palette[2], draw.CircleGlyph{}, false}
	case compare.NoDifference:
		return conclusion{gray, draw.CircleGlyph{}, true}
	}
	return conclusion{color.NRGBA{0xbb, 0xbb, 0xbb, 0xff}, draw.BoxGlyph{}, true}
}

func (m conclusion) draw(c *draw.Canvas, at vg.Point) {
	const r = 4
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: m.color, Radius: r, Shape: m.shape}, at)
	if m.empty {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: color.White, Radius: r - 1.5, Shape: m.shape}, at)
	}
}
