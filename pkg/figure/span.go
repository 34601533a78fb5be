package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Span is an interval of a stage that is shaded in a figure over time: when a fault was
// active. From and To are counted from the stage's start; where they are equal a moment is
// marked, such as a crash. What lies outside of the figure is not drawn; a label that has
// no room among the others is left out.
type Span struct {
	From, To time.Duration
	Label    string
}

// maxSpans is how many spans a figure takes: more could not be distinguished.
const maxSpans = 100

func checkSpans(spans []Span) error {
	if len(spans) > maxSpans {
		return fmt.Errorf("shading %d spans: %d at most; leave out the short ones", len(spans), maxSpans)
	}
	for _, s := range spans {
		if s.From > s.To {
			return fmt.Errorf("shading %q from %v to %v: it ends before it begins; exchange From and To", oneLine(s.Label, 2*maxNameLetters), s.From, s.To)
		}
	}
	return nil
}

// spanShading is a plotter of spans over the whole height of the data, with their labels in
// rows at the top.
type spanShading struct {
	spans  []Span // those that are in the figure
	rows   []int  // the row of each label, -1 where there is no room for it
	labels []string
	style  text.Style
}

// maxLabelRows is how many rows of labels there may be, labelRowHeight how high one is.
const (
	maxLabelRows   = 3
	labelRowHeight = vg.Length(11)
)

// newSpanShading lays the labels out for an axis that ends after so many seconds.
func newSpanShading(spans []Span, end float64) *spanShading {
	s := &spanShading{style: textStyle(8)}
	sorted := slices.Clone(spans)
	slices.SortStableFunc(sorted, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	var used [maxLabelRows]vg.Length
	var last [maxLabelRows]string
	x := func(t float64) vg.Length { return vg.Length(t/end) * dataWidth }
	for _, span := range sorted {
		if span.To < 0 || span.From.Seconds() > end {
			continue
		}
		label := ""
		if span.Label != "" {
			label = oneLine(span.Label, 2*maxNameLetters)
		}
		width := s.style.Width(label)
		at := labelStart(x(span.From.Seconds()), x(span.To.Seconds()), width, 0, dataWidth)
		row := slices.IndexFunc(used[:], func(u vg.Length) bool { return u <= at })
		if label == "" || row > 0 && last[row-1] == label { // it stands beside this one already
			row = -1
		}
		if row >= 0 {
			used[row], last[row] = at+width+6, label
		}
		s.spans, s.labels, s.rows = append(s.spans, span), append(s.labels, label), append(s.rows, row)
	}
	return s
}

// height is what the labels need above the data.
func (s *spanShading) height() vg.Length {
	return labelRowHeight * vg.Length(slices.Max(append(s.rows, -1))+1)
}

// labelStart returns where a text of some width begins that belongs to what lies between
// from and to: centred where it fits, else at from, and within left and right.
func labelStart(from, to, width, left, right vg.Length) vg.Length {
	from, to = max(from, left), min(to, right)
	at := from + 2
	if width+4 <= to-from {
		at = (from + to - width) / 2
	}
	return max(min(at, right-width), left)
}

// Plot shades the spans, and then marks their edges and writes the labels.
func (s *spanShading) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	edge := draw.LineStyle{Color: color.Gray{Y: 0x99}, Width: .5, Dashes: []vg.Length{3, 2}}
	ends := make([][2]vg.Length, len(s.spans))
	for i, span := range s.spans {
		from, to := max(x(span.From.Seconds()), c.Min.X), min(x(span.To.Seconds()), c.Max.X)
		ends[i] = [2]vg.Length{from, to}
		c.FillPolygon(spanColor, []vg.Point{{X: from, Y: c.Min.Y}, {X: to, Y: c.Min.Y}, {X: to, Y: c.Max.Y}, {X: from, Y: c.Max.Y}})
	}
	for i, span := range s.spans {
		if span.From >= 0 {
			c.StrokeLine2(edge, ends[i][0], c.Min.Y, ends[i][0], c.Max.Y)
		}
		if to := ends[i][1]; to < c.Max.X {
			c.StrokeLine2(edge, to, c.Min.Y, to, c.Max.Y)
		}
		if s.rows[i] >= 0 {
			at := labelStart(ends[i][0], ends[i][1], s.style.Width(s.labels[i]), c.Min.X, c.Max.X)
			c.FillText(s.style, vg.Point{X: at, Y: c.Max.Y - labelRowHeight*vg.Length(s.rows[i]+1) + 3}, s.labels[i])
		}
	}
}

// spanColor is light enough for all colours of the palette to stand out.
var spanColor = color.Gray{Y: 0xec}
