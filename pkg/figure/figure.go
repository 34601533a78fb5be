// Package figure draws the stages of a run as gonum plots. It draws what was
// recorded and measures nothing.
//
// Every figure takes the stages in the order in which they are to appear. A
// colour is a stage in all of them; a pattern is an outcome: plain for success,
// hatched for failure, crossed for unknown. No figure tells red from green alone.
// In the two figures that compare, a colour is what is compared (CDFs) or what
// was concluded (Effects); in that of a counterexample it is how an attempt ended.
// What is shaded in a figure over time is a fault (Span).
//
// A figure that has nothing to show is Nothing, an error that says so in words. What
// makes the figures of a stage doubtful stands below its figure. Latencies that are no finite number
// are left out; a latency that is not above 0 counts as the smallest one on a
// logarithmic axis.
package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"sagalab/pkg/runs"
)

// The size that figures are laid out for. They can be drawn larger; drawn
// smaller, labels may touch one another.
const (
	Width  = 8.0 // inches
	Height = 4.0 // inches
)

// The part of Width and Height that is left for data, axes and legend taken off.
const (
	dataWidth  = 6.9 * vg.Inch
	dataHeight = 2.7 * vg.Inch
)

// margin is what stays free around a figure.
const margin = vg.Length(6)

var (
	ink   = color.Gray{Y: 0x22}
	faint = color.Gray{Y: 0xe0}
)

// maxPixels bounds an image: 400 MB of memory while it is drawn.
const maxPixels = 100_000_000

// PNG draws a figure of a size in inches at a resolution in dots per inch; equal
// arguments give equal bytes. Drawing adjusts the plot's axes, so that one plot
// must not be drawn by two goroutines at once.
func PNG(p *plot.Plot, width, height float64, dpi int) ([]byte, error) {
	c, err := paint(p, width, height, dpi)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(&b); err != nil {
		return nil, fmt.Errorf("drawing a figure: %w", err)
	}
	return b.Bytes(), nil
}

// paint is PNG without the encoding, which takes longer than the drawing.
func paint(p *plot.Plot, width, height float64, dpi int) (*vgimg.Canvas, error) {
	if p == nil {
		return nil, fmt.Errorf("drawing a figure: there is none")
	}
	pixels := width * height * float64(dpi) * float64(dpi)
	if !(width > 0 && height > 0 && dpi > 0 && pixels >= 1 && pixels <= maxPixels) {
		return nil, fmt.Errorf("drawing a figure of %v × %v inches at %d dots per inch: it must have 1 to %d pixels", width, height, dpi, maxPixels)
	}
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(width)*vg.Inch, vg.Length(height)*vg.Inch), vgimg.UseDPI(dpi))
	p.Draw(draw.Crop(draw.New(c), margin, -margin, margin, -margin))
	return c, nil
}

// blank is a plot in the house's style, with nothing on it.
func newPlot(title, x, y string) *plot.Plot {
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

// titled is a title in letters that fit it into a figure's width: long names make them
// smaller, and are cut where that is not enough.
func fitTitle(title string) (string, text.Style) {
	const room, largest, smallest = Width*vg.Inch - 2*margin, 12, 8
	style := textStyle(largest)
	for size := vg.Length(largest); size > smallest && style.Width(title) > room; size -= .5 {
		style = textStyle(size - .5)
	}
	return elide(title, room, style), style
}

// Nothing is the error of a figure that would show nothing. It is no fault: what it
// says takes one line of text, where an empty picture takes a page.
type Nothing struct {
	// Title is the figure's.
	Title string
	// Why says what there is not: "no failures in 1,250 requests".
	Why string
}

// Error is the line.
func (n Nothing) Error() string { return n.Title + ": " + n.Why }

// nothing is an error when the stages have no operations.
func checkNotEmpty(title string, stages []runs.Stage) error {
	if len(stages) == 0 {
		return Nothing{title, "no stages recorded yet: run a stage cell"}
	}
	if operations(stages) == 0 {
		return Nothing{title, "no request of these stages has ended yet"}
	}
	return nil
}

func operations(stages []runs.Stage) (n int) {
	for _, s := range stages {
		n += len(s.Operations)
	}
	return n
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
	return font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size)
}

// letters is the style of a text that begins at its point and stands on it.
func textStyle(size vg.Length) text.Style {
	return text.Style{Color: ink, Font: fontFace(size), Handler: plot.DefaultTextHandler}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
