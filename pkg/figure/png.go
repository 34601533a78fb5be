package figure

import (
	"bytes"
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
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

// maxPixels bounds an image: 400 MB of memory while it is drawn.
const maxPixels = 100_000_000

// PNG draws a figure of a size in inches at a resolution in dots per inch; equal arguments
// give equal bytes. Drawing adjusts the plot's axes, so that PNG must not be called for one
// plot by two goroutines at once.
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
