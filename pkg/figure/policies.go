package figure

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

// PolicyPoint is what a retry policy costs, for Policies. Low and High are the ends of intervals.
type PolicyPoint struct {
	// Name is written beside the point, "" for one without a name.
	Name string
	// P99 is in milliseconds, Amplification is attempts a purchase.
	P99, P99Low, P99High                               float64
	Amplification, AmplificationLow, AmplificationHigh float64
	// Unclear is true for a policy whose figures have intervals too wide to judge it: it is not drawn.
	Unclear bool
	// Measured is true for what was measured rather than calculated, Recommended for the policy to take,
	// Front for one than which no other is clearly better.
	Measured, Recommended, Front bool
}

// Policies draws the p99 of retry policies, on a logarithmic axis, against the attempts a purchase that they
// send, each with its intervals as a cross. What was measured is a black square, policies than which no
// other is clearly better are orange, the others are gray, and the recommended one has a ring. It
// returns Nothing when there is no policy to draw. A line below the figure counts those that
// are Unclear, and names them as far as they have names.
func Policies(points []PolicyPoint) (*plot.Plot, error) {
	const title = "What retry policies cost"
	drawn := slices.DeleteFunc(slices.Clone(points), func(p PolicyPoint) bool { return p.Unclear })
	if !slices.ContainsFunc(drawn, func(p PolicyPoint) bool { return !p.Measured }) {
		return nil, Nothing{title, "no policy can be judged from this recording"}
	}
	p := newPlot(title, "", "")
	c := policyCrosses{points: drawn}
	var x, y []float64
	for _, d := range drawn {
		x, y = append(x, d.AmplificationLow, d.AmplificationHigh), append(y, d.P99Low, d.P99High)
	}
	c.x, c.y = newValueAxis(x, false, linear), newValueAxis(y, false, logarithmic)
	c.x.configure(&p.X, "amplification", "attempts a purchase")
	c.y.configure(&p.Y, "p99", "ms")
	p.X.Padding, p.X.Label.Padding = 2, 2
	p.Add(grid(true, true), c)
	entries := []entry{
		{language.Text("measured"), glyphEntry(policyStyle(PolicyPoint{Measured: true}))},
		{language.Text("no other is clearly better"), glyphEntry(policyStyle(PolicyPoint{Front: true}))},
		{language.Text("another is clearly better"), glyphEntry(policyStyle(PolicyPoint{}))},
	}
	if slices.ContainsFunc(drawn, func(p PolicyPoint) bool { return p.Recommended }) {
		small := ring
		small.Radius = 4.5
		entries = append(entries, entry{language.Text("recommended"), glyphEntry(small)})
	}
	p.Add(newLegend(entries...))
	if len(points) > len(drawn) {
		addWarningLines(p, []string{leftOut(slices.DeleteFunc(slices.Clone(points), func(p PolicyPoint) bool { return !p.Unclear }))})
	}
	return p, nil
}

// ring is drawn around the recommended policy.
var ring = draw.GlyphStyle{Color: ink, Radius: 7, Shape: draw.RingGlyph{}}

// leftOut returns the line on the policies that are not drawn.
func leftOut(points []PolicyPoint) string {
	var names []string
	for _, p := range points {
		if p.Name != "" {
			names = append(names, oneLine(p.Name, maxNameLetters))
		}
	}
	text := strconv.Itoa(len(points)) + " policies are left out: they cannot be judged from this recording"
	if len(points) == 1 {
		text = "1 policy is left out: it cannot be judged from this recording"
	}
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	return text
}

// policyCrosses is a plotter of points with intervals and names.
type policyCrosses struct {
	points []PolicyPoint
	x, y   valueAxis
}

func policyStyle(p PolicyPoint) draw.GlyphStyle {
	switch {
	case p.Measured:
		return draw.GlyphStyle{Color: ink, Radius: 4, Shape: draw.BoxGlyph{}}
	case p.Front:
		return draw.GlyphStyle{Color: palette[0], Radius: 3.2, Shape: draw.CircleGlyph{}}
	}
	return draw.GlyphStyle{Color: gray, Radius: 2.4, Shape: draw.CircleGlyph{}}
}

func glyphEntry(style draw.GlyphStyle) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		c.DrawGlyphNoClip(style, vg.Point{X: r.Max.X - 4, Y: (r.Min.Y + r.Max.Y) / 2})
	}
}

// Plot draws points without a name first, so that they hide no other.
func (l policyCrosses) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(a, b float64) vg.Point { return vg.Point{X: x(l.x.at(a)), Y: y(l.y.at(b))} }
	taken := []vg.Rectangle{}
	for _, named := range []bool{false, true} {
		for _, d := range l.points {
			if (d.Name != "") != named {
				continue
			}
			style := policyStyle(d)
			line := draw.LineStyle{Color: style.Color, Width: .6}
			c.StrokeLines(line, []vg.Point{at(d.AmplificationLow, d.P99), at(d.AmplificationHigh, d.P99)}, []vg.Point{at(d.Amplification, d.P99Low), at(d.Amplification, d.P99High)})
			point := at(d.Amplification, d.P99)
			c.DrawGlyph(style, point)
			taken = append(taken, around(point, 3))
			if d.Recommended {
				taken = append(taken, around(point, 7.5))
				c.DrawGlyph(ring, point)
			}
		}
	}
	for _, d := range l.named() {
		taken = append(taken, l.label(c, at(d.Amplification, d.P99), d, taken))
	}
}

// named returns the points with a name, the recommended one and what was measured first.
func (l policyCrosses) named() (first []PolicyPoint) {
	var others []PolicyPoint
	for _, p := range l.points {
		switch {
		case p.Name == "":
		case p.Recommended || p.Measured:
			first = append(first, p)
		default:
			others = append(others, p)
		}
	}
	return append(first, others...)
}

func around(p vg.Point, r vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: p.X - r, Y: p.Y - r}, Max: vg.Point{X: p.X + r, Y: p.Y + r}}
}

// label writes the name beside a point, at the first of several places inside that is free, or that covers
// least of what is drawn already.
func (l policyCrosses) label(c draw.Canvas, point vg.Point, d PolicyPoint, taken []vg.Rectangle) (place vg.Rectangle) {
	style := textStyle(8)
	name := oneLine(d.Name, 32)
	width, height := style.Width(name), style.Height(name)
	least := math.MaxInt
	for n := range 60 {
		corner := vg.Point{X: point.X + 8, Y: point.Y + 1.5 + vg.Length((n/2+1)/2)*height*sign(n/2)}
		if n%2 == 1 {
			corner.X = point.X - 8 - width
		}
		corner.X = max(c.Min.X, min(corner.X, c.Max.X-width))
		corner.Y = max(c.Min.Y, min(corner.Y, c.Max.Y-height))
		at := vg.Rectangle{Min: corner, Max: vg.Point{X: corner.X + width, Y: corner.Y + height}}
		if covered := overlaps(at, taken); covered < least {
			place, least = at, covered
		}
		if least == 0 {
			break
		}
	}
	c.FillText(style, place.Min, name)
	return place
}

func sign(n int) vg.Length {
	if n%2 == 0 {
		return 1
	}
	return -1
}

// overlaps returns how many others r overlaps.
func overlaps(r vg.Rectangle, others []vg.Rectangle) (n int) {
	for _, o := range others {
		if r.Min.X < o.Max.X && o.Min.X < r.Max.X && r.Min.Y < o.Max.Y && o.Min.Y < r.Max.Y {
			n++
		}
	}
	return n
}
