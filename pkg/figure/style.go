package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

var (
	ink   = color.Gray{Y: 0x22}
	faint = color.Gray{Y: 0xe0}
)

// newPlot returns an empty plot in the style that all figures have.
func newPlot(title, x, y string) *plot.Plot {
	title, x, y = language.Text(title), language.Text(x), language.Text(y)
	p := plot.New()
	p.Title.Text, p.Title.TextStyle = fitTitle(title)
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
	p.Title.Padding = 4
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = fontFace(10)
		a.Label.TextStyle.Color, a.Label.Padding = ink, 3
		a.Tick.Label.Font, a.Tick.Label.Color = fontFace(9), ink
		a.LineStyle.Color, a.Tick.LineStyle.Color = ink, ink
		a.Tick.Length, a.Padding = 4, 0
	}
	p.X.Label.Text, p.Y.Label.Text = x, y
	return p
}

// fitTitle returns a title and a style in which it fits a figure's width: long titles get
// smaller letters, and are cut where that is not enough.
func fitTitle(title string) (string, text.Style) {
	const room, largest, smallest = Width*vg.Inch - 2*margin, 12, 8
	style := textStyle(largest)
	for size := vg.Length(largest); size > smallest && style.Width(title) > room; size -= .5 {
		style = textStyle(size - .5)
	}
	return elide(title, room, style), style
}

// grid draws faint lines behind the data, across the axis of quantities.
func grid(horizontal, vertical bool) *plotter.Grid {
	g := plotter.NewGrid()
	g.Horizontal = draw.LineStyle{Color: faint, Width: .5}
	g.Vertical = g.Horizontal
	if !horizontal {
		g.Horizontal.Color = nil
	}
	if !vertical {
		g.Vertical.Color = nil
	}
	return g
}

func fontFace(size vg.Length) font.Font {
	return font.From(font.Font{Typeface: font.Typeface(language.Typeface("Liberation")), Variant: "Sans"}, size)
}

// textStyle is the style of a text whose point is the left end of its base line.
func textStyle(size vg.Length) text.Style {
	return text.Style{Color: ink, Font: fontFace(size), Handler: plot.DefaultTextHandler}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
