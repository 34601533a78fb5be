package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// pattern is how an outcome is drawn.
type pattern int

const (
	plain   pattern = iota // success
	hatched                // failure
	crossed                // unknown
)

// gray stands for any stage in a legend of outcomes.
var gray = color.NRGBA{0x77, 0x77, 0x77, 0xff}

// swatch fills areas with a stage's colour in an outcome's pattern.
type swatch struct {
	color   color.NRGBA
	pattern pattern
}

func (s swatch) paint(c *draw.Canvas, r vg.Rectangle) {
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}, r.Min}
	fill := s.color
	if s.pattern != plain {
		fill = tint(s.color, .15)
	}
	c.FillPolygon(fill, corners)
	line := draw.LineStyle{Color: s.color, Width: 1}
	if s.pattern != plain {
		c.StrokeLines(line, hatch(r, 1)...)
	}
	if s.pattern == crossed {
		c.StrokeLines(line, hatch(r, -1)...)
	}
	c.StrokeLines(draw.LineStyle{Color: s.color, Width: .75}, corners)
}

// hatch is the lines of slope 1 or -1 within r. They are fixed to the page and
// not to r, so that they run through areas that touch.
func hatch(r vg.Rectangle, slope vg.Length) [][]vg.Point {
	const spacing = 5 // points, along an axis
	low, high := r.Min.Y-r.Max.X, r.Max.Y-r.Min.X
	if slope < 0 {
		low, high = r.Min.Y+r.Min.X, r.Max.Y+r.Max.X
	}
	var lines [][]vg.Point
	for k := vg.Length(math.Ceil(float64(low/spacing))) * spacing; k <= high; k += spacing {
		// y = slope·x + k; where it enters and leaves r
		from, to := (r.Min.Y-k)/slope, (r.Max.Y-k)/slope
		from, to = max(min(from, to), r.Min.X), min(max(from, to), r.Max.X)
		if from < to {
			lines = append(lines, []vg.Point{{X: from, Y: slope*from + k}, {X: to, Y: slope*to + k}})
		}
	}
	return lines
}
