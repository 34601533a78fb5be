package figure

import (
	"cmp"
	"slices"

	"github.com/go-gota/gota/dataframe"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lines draws a line through the rows of a frame in the order of the column x, at their values
// in y, a line for each value of the column by, "" for one line.
//
//	nb.Plot(figure.Lines(lab.Frame(), "start_s", "latency_ms", "stage"))
//
// Both columns must be of numbers. A line of more than 1000 rows is thinned so that every part keeps its lowest and
// its highest row. More than eight values of by are an error. Axes, their scales, colours and
// missing numbers are as in Scatter.
func Lines(df dataframe.DataFrame, x, y, by string, scales ...Scale) (*plot.Plot, error) {
	d, err := readFrame(df, x, y, by, false)
	if err != nil {
		return nil, err
	}
	if err := d.checkNotMerged(by); err != nil {
		return nil, err
	}
	d.xNames, d.xWhole = nil, false // a line is not spread sideways
	if err := d.scaled(x, y, scales); err != nil {
		return nil, err
	}
	p := newPlot(d.title, "", "")
	l := polylines{}
	l.configure(p, &d, x, y)
	p.Add(grid(true, true), l)
	d.addLegend(func(l *legend) { p.Add(l) }, func(name string, g frameGroup) entry { return lineEntry(name, l.style(g)) })
	addWarningLines(p, d.notes)
	return p, nil
}

// polylines is a plotter of a line for each group.
type polylines struct {
	groups []frameGroup
	x, y   valueAxis
}

func (l *polylines) configure(p *plot.Plot, d *frameData, x, y string) {
	axis := dots{groups: d.groups}
	d.configureX(p, x, &axis)
	l.x = axis.x
	l.y = newValueAxis(d.all(func(g frameGroup) []float64 { return g.y }), d.yWhole, d.yScale)
	l.y.configure(&p.Y, y)
	for _, g := range d.groups {
		l.groups = append(l.groups, g.inOrder())
	}
}

// inOrder returns the group in the order of x, thinned.
func (g frameGroup) inOrder() frameGroup {
	points := make([]point, len(g.x))
	for i := range points {
		points[i] = point{index: i, latency: g.y[i]}
	}
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(g.x[a.index], g.x[b.index]) })
	out := frameGroup{name: g.name, color: g.color}
	for _, p := range thin(points, SeriesPoints) {
		out.x, out.y = append(out.x, g.x[p.index]), append(out.y, p.latency)
	}
	return out
}

// style distinguishes lines by colour and, where they are not jagged, by dashes.
func (l polylines) style(g frameGroup) draw.LineStyle {
	if len(g.x) > 5*fewPoints {
		return draw.LineStyle{Color: g.color, Width: 1}
	}
	dashes := [][]vg.Length{nil, {6, 2.5}, {1.5, 2}, {8, 2, 1.5, 2}}
	place := slices.IndexFunc(l.groups, func(other frameGroup) bool { return other.name == g.name })
	return draw.LineStyle{Color: g.color, Width: 1.4, Dashes: dashes[max(place, 0)%len(dashes)]}
}

// fewPoints is up to how many points of a line have a mark.
const fewPoints = 40

// Plot draws the lines, and marks the points of short ones.
func (l polylines) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, g := range l.groups {
		line := make([]vg.Point, len(g.x))
		for i := range line {
			line[i] = vg.Point{X: x(l.x.at(g.x[i])), Y: y(l.y.at(g.y[i]))}
		}
		if len(line) > 1 {
			c.StrokeLines(l.style(g), splitPolyline(line)...)
		}
		if len(line) > fewPoints {
			continue
		}
		for _, at := range line {
			c.DrawGlyph(draw.GlyphStyle{Color: g.color, Radius: 2.4, Shape: draw.CircleGlyph{}}, at)
		}
	}
}
