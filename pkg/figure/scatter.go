package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Scatter draws a dot for each row of a frame, at its values in the columns x and y, in a
// colour for each value of the column by, "" for one colour.
//
//	nb.Plot(figure.Scatter(heavy.Frame(), "start_s", "latency_ms", "outcome"))
//
// x may be a column of texts; dots at texts and at whole numbers are spread sideways, so that they do not
// hide one another. Where many rows coincide, dots are darker. Rows without a number in x or y
// are left out, and a line below the figure counts them. Of more than eight values of by, the
// smallest groups share one colour. A misspelt column is an error, a frame without rows
// returns Nothing.
//
// The axis of a time (start_s, start_ts) is linear, that of other numbers logarithmic when they
// are all above 0 and span more than two decades. Linear and Logarithmic choose, here on a column
// of durations:
//
//	nb.Plot(figure.Scatter(heavy.Frame(), "start_s", "latency_ms", "outcome", figure.Linear("latency_ms")))
//
// What is drawn on a logarithmic axis are logarithms, so choose the scale here and not by the
// returned plot's axes. The outcomes ok, failed and unknown, true and false, and the stages light,
// medium and heavy have the same colour in each figure of a frame, other values one by their
// sorted order.
func Scatter(df dataframe.DataFrame, x, y, by string, scales ...Scale) (*plot.Plot, error) {
	d, err := readFrame(df, x, y, by, true)
	if err != nil {
		return nil, err
	}
	if err := d.scaled(x, y, scales); err != nil {
		return nil, err
	}
	p := newPlot(d.title, "", "")
	s := dots{groups: d.groups}
	d.configureX(p, x, &s)
	s.y = newValueAxis(d.all(func(g frameGroup) []float64 { return g.y }), d.yWhole, d.yScale)
	s.y.configure(&p.Y, y)
	p.Add(grid(true, d.xNames == nil), s)
	d.addLegend(func(l *legend) { p.Add(l) }, dotEntry)
	addWarningLines(p, d.notes)
	return p, nil
}

// configureX sets the axis of x: of texts, of few whole numbers, or of any numbers.
func (d *frameData) configureX(p *plot.Plot, column string, s *dots) {
	values := d.all(func(g frameGroup) []float64 { return g.x })
	low, high := slices.Min(values), slices.Max(values)
	if d.xNames != nil || d.xWhole && d.xScale != logarithmic && high-low < maxCategories && len(values) > int(high-low)+1 {
		s.spread = .3
		s.x = valueAxis{low: low - .5, high: high + .5, whole: true}
		s.x.configure(&p.X, column)
		if d.xNames != nil {
			p.X.Min, p.X.Max = -.5, float64(len(d.xNames))-.5
			p.X.Tick.Marker = categoryTicks(d.xNames, p.X.Tick.Label)
			p.X.Tick.Color = color.Transparent
		}
		return
	}
	if strings.HasSuffix(column, "_ts") { // 1,764,000,000 s says little
		for i := range d.groups {
			for j := range d.groups[i].x {
				d.groups[i].x[j] -= low
			}
		}
		s.x = newValueAxis([]float64{0, high - low}, false, linear)
		s.x.configure(&p.X, column, "since the first")
		return
	}
	s.x = newValueAxis(values, d.xWhole, d.xScale)
	s.x.configure(&p.X, column)
}

// categoryTicks labels an axis of texts.
func categoryTicks(names []string, style text.Style) plot.Ticker {
	room := dataWidth / vg.Length(len(names))
	var ticks plot.ConstantTicks
	for i, name := range names {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: wrapName(name, room*.95, style)})
	}
	return padLines(ticks)
}

// dotEntry explains a dot's colour.
func dotEntry(name string, g frameGroup) entry {
	return entry{name, func(c *draw.Canvas, r vg.Rectangle) {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: g.color, Radius: 3.4, Shape: draw.CircleGlyph{}}, vg.Point{X: r.Max.X - 4, Y: (r.Min.Y + r.Max.Y) / 2})
	}}
}

// dots is a plotter of groups of points.
type dots struct {
	groups []frameGroup
	x, y   valueAxis
	spread float64 // how far dots are moved sideways at most
}

// fewDots is up to how many rows a group has large dots in its full colour.
const fewDots = 400

// dot is the rows of a group that one dot stands for.
type dot struct {
	at   vg.Point
	rows int
}

// Plot draws the largest group first, so that it hides no smaller one.
func (s dots) Plot(c draw.Canvas, p *plot.Plot) {
	order := slices.Clone(s.groups)
	slices.SortStableFunc(order, func(a, b frameGroup) int { return cmp.Compare(len(b.x), len(a.x)) })
	for _, g := range order {
		for _, d := range s.dotsOf(g, c, p) {
			style := draw.GlyphStyle{Color: g.color, Radius: 2.6, Shape: draw.CircleGlyph{}}
			if len(g.x) > fewDots {
				style.Color, style.Radius = tint(g.color, density(d.rows)), 1.6
			}
			c.DrawGlyph(style, d.at)
		}
	}
}

// density is how much of its colour a dot of so many rows has.
func density(rows int) float64 {
	switch {
	case rows >= 10:
		return 1
	case rows >= 4:
		return .85
	case rows >= 2:
		return .7
	}
	return .5
}

// dotsOf returns one dot for all rows of a group that fall into a square of the page, the
// dots of the most rows last, and so on top.
func (s dots) dotsOf(g frameGroup, c draw.Canvas, p *plot.Plot) []dot {
	const side = 1.5 // points
	x, y := p.Transforms(&c)
	rows := map[[2]int]int{}
	var list []dot
	for i := range g.x {
		at := vg.Point{X: x(s.x.at(g.x[i]) + s.aside(i)), Y: y(s.y.at(g.y[i]))}
		square := [2]int{int(math.Floor(float64(at.X / side))), int(math.Floor(float64(at.Y / side)))}
		n, known := rows[square]
		if !known {
			n = len(list)
			rows[square] = n
			list = append(list, dot{at: at})
		}
		list[n].rows++
	}
	slices.SortStableFunc(list, func(a, b dot) int { return cmp.Compare(a.rows, b.rows) })
	return list
}

// aside returns how far the i-th dot is moved sideways: multiples of the golden ratio fall
// evenly into an interval.
func (s dots) aside(i int) float64 {
	_, at := math.Modf(float64(i) * math.Phi)
	return s.spread * (2*at - 1)
}
