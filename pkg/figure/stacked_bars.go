package figure

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// stackedBar is a bar that is made of parts.
type stackedBar struct {
	at    float64 // its middle on the axis of categories
	width float64 // in units of that axis
	parts []part
	label string // stands at its end, "" for none
}

type part struct {
	size   float64 // in units of the axis of quantities
	swatch swatch
	label  string // stands within it where there is room
}

func (s stackedBar) size() (sum float64) {
	for _, p := range s.parts {
		sum += p.size
	}
	return sum
}

// minPartLength is the least length in points of a part that is not 0: one failure among
// a thousand successes has to be visible.
const minPartLength = 1.5

// stackedBars is a plotter of bars.
type stackedBars struct {
	bars       []stackedBar
	horizontal bool
	style      text.Style
	rotated    bool // labels are turned by a quarter, for want of width
}

// newVerticalBars chooses the direction of the labels for bars that are room apart.
func newVerticalBars(bars []stackedBar, room vg.Length) *stackedBars {
	s := &stackedBars{bars: bars, style: textStyle(8)}
	s.style.XAlign, s.style.YAlign = draw.XCenter, draw.YBottom
	if s.rotated = s.widest()+2 > room; s.rotated {
		s.style.Rotation, s.style.XAlign, s.style.YAlign = math.Pi/2, draw.XLeft, draw.YCenter
	}
	return s
}

// newHorizontalBars is stackedBars of horizontal bars.
func newHorizontalBars(bars []stackedBar) *stackedBars {
	s := &stackedBars{bars: bars, horizontal: true, style: textStyle(8)}
	s.style.XAlign, s.style.YAlign = draw.XLeft, draw.YCenter
	return s
}

func (s *stackedBars) widest() (w vg.Length) {
	for _, b := range s.bars {
		w = max(w, s.style.Width(b.label))
	}
	return w
}

// end is how far an axis of quantities of the given length must reach for the
// longest bar and the label behind it.
func (s *stackedBars) end(length vg.Length) float64 {
	longest := 0.
	for _, b := range s.bars {
		longest = max(longest, b.size())
	}
	if longest == 0 {
		longest = 1
	}
	label := s.style.Font.Size
	if s.horizontal || s.rotated {
		label = s.widest()
	}
	return longest / (1 - min(.5, float64((label+8)/length)))
}

// Plot draws the bars, each from 0.
func (s *stackedBars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, b := range s.bars {
		if s.horizontal {
			s.drawBar(&c, b, y, x)
		} else {
			s.drawBar(&c, b, x, y)
		}
	}
}

func (s *stackedBars) drawBar(c *draw.Canvas, b stackedBar, across, along func(float64) vg.Length) {
	low, high := across(b.at-b.width/2), across(b.at+b.width/2)
	end := along(0)
	for _, p := range b.parts {
		if p.size == 0 {
			continue
		}
		from := end
		end += max(along(p.size)-along(0), minPartLength)
		r := vg.Rectangle{Min: vg.Point{X: low, Y: from}, Max: vg.Point{X: high, Y: end}}
		if s.horizontal {
			r = vg.Rectangle{Min: vg.Point{X: from, Y: low}, Max: vg.Point{X: end, Y: high}}
		}
		p.swatch.paint(c, r)
		s.labelPart(c, p, r)
	}
	if b.label == "" {
		return
	}
	at := vg.Point{X: (low + high) / 2, Y: end + 3}
	if s.horizontal {
		at = vg.Point{X: end + 4, Y: (low + high) / 2}
	}
	s.writeText(c, s.style, at, b.label)
}

// labelPart writes a part's label into it when there is room.
func (s *stackedBars) labelPart(c *draw.Canvas, p part, r vg.Rectangle) {
	style := textStyle(8)
	style.XAlign, style.YAlign, style.Color = draw.XCenter, draw.YCenter, contrastingColor(p.swatch.color)
	if p.label == "" || style.Width(p.label)+6 > r.Size().X || r.Size().Y < 10 {
		return
	}
	s.writeText(c, style, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, p.label)
}

// writeText centres a text at a point by its digits: gonum centres it by its font's whole
// height, accents and descenders included, which is too low.
func (s *stackedBars) writeText(c *draw.Canvas, style text.Style, at vg.Point, label string) {
	if style.YAlign == draw.YCenter {
		shift := style.Font.Size * .12
		if style.Rotation != 0 {
			at.X -= shift
		} else {
			at.Y += shift
		}
	}
	c.FillText(style, at, label)
}
