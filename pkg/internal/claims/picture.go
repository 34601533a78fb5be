package claims

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"strings"
)

// Picture is a figure as it is seen. Its methods look at exact colours only, so that
// the blends at the edges of lines and letters count for nothing.
type Picture struct {
	image *image.RGBA
	// rows is how many rows its legend has.
	rows int
}

// decoded is a picture of an image with a legend of one row.
func decoded(img image.Image) Picture {
	p := Picture{image.NewRGBA(img.Bounds()), 1}
	draw.Draw(p.image, p.image.Rect, img, p.image.Rect.Min, draw.Src)
	return p
}

// titleOf is a figure's title, from the text that stands for it.
func titleOf(o Output) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(o.Text), "[figure: "), "]")
}

// Figure is the section's figure with a title.
func (s Section) Figure(title string) (Picture, error) {
	for _, o := range s.outputs() {
		if o.PNG == "" || titleOf(o) != title {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(o.PNG, "\n", ""))
		if err != nil {
			return Picture{}, fmt.Errorf("figure %q: %w", title, err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			return Picture{}, fmt.Errorf("figure %q: %w", title, err)
		}
		return decoded(img).withLegend(), nil
	}
	return Picture{}, fmt.Errorf("it has no figure %q", title)
}

// The parts of a figure's height between which its data lie, below a legend of one
// row and above the labels of the axis; the part that such a legend takes, and how
// high each further row is.
const (
	dataTop, dataBottom     = .15, .87
	legendTop, legendBottom = .085, .13
	legendRow               = .047
	dataLeft                = .1 // of its width
)

// withLegend is the picture with as many rows of legend as there are: the wider its texts, the
// more it has. A row has letters, and the data below have none.
func (p Picture) withLegend() Picture {
	const least = 20 // dark pixels, of letters
	for p.rows = 1; p.rows < mostLegendRows; p.rows++ {
		row := p.part(legendTop+legendRow*float64(p.rows), legendBottom+legendRow*float64(p.rows))
		row.Min.X += int(2 * dataLeft * float64(row.Dx())) // right of the axis and its labels
		dark := 0
		for y := row.Min.Y; y < row.Max.Y; y++ {
			for x := row.Min.X; x < row.Max.X; x++ {
				if c := p.at(x, y); max(c.R, c.G, c.B) < 0x50 {
					dark++
				}
			}
		}
		if dark < least {
			break
		}
	}
	return p
}

// mostLegendRows is the most rows that a legend has.
const mostLegendRows = 6

// part is the rows of pixels between two parts of the height.
func (p Picture) part(top, bottom float64) image.Rectangle {
	b := p.image.Bounds()
	h := float64(b.Dy())
	return image.Rect(b.Min.X, b.Min.Y+int(top*h), b.Max.X, b.Min.Y+int(bottom*h))
}

// data is the part of the picture that data are in.
func (p Picture) data() image.Rectangle {
	r := p.part(dataTop+legendRow*float64(p.rows-1), dataBottom)
	r.Min.X += int(dataLeft * float64(r.Dx()))
	return r
}

func (p Picture) at(x, y int) color.RGBA {
	return color.RGBAModel.Convert(p.image.At(x, y)).(color.RGBA)
}

// saturated tells the colours of data from the grays of everything else.
func saturated(c color.RGBA) bool {
	return max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 40
}

// NotBlank is an error if hardly anything is drawn below the title.
func (p Picture) NotBlank() error {
	r := p.part(legendTop, 1)
	ink := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if c := p.at(x, y); c.A > 0 && min(c.R, c.G, c.B) < 0xf8 {
				ink++
			}
		}
	}
	if least := r.Dx() * r.Dy() / 1000; ink < least {
		return fmt.Errorf("it is blank: %d pixels are drawn, want %d or more", ink, least)
	}
	return nil
}

// palette is the colours of data in all figures, in the order of package figure. The
// first three are those of the stages light, medium and heavy.
var palette = []color.RGBA{
	{0xe6, 0x9f, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0x56, 0xb4, 0xe9, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x88, 0x22, 0x55, 0xff},
}

// Legend is the colours in the legend, from left to right.
func (p Picture) Legend() (list []color.RGBA) {
	const sample = 40 // pixels, at least
	r := p.part(legendTop, legendBottom+legendRow*float64(p.rows-1))
	seen := map[color.RGBA]int{}
	for x := r.Min.X; x < r.Max.X; x++ {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			c := p.at(x, y)
			if seen[c]++; seen[c] == sample && slices.Contains(palette, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// Extent is the rectangle that the data in a colour lie in, and how many pixels
// have it.
func (p Picture) Extent(c color.RGBA) (image.Rectangle, int) { return p.extentIn(p.data(), c) }

func (p Picture) extentIn(d image.Rectangle, c color.RGBA) (r image.Rectangle, pixels int) {
	for y := d.Min.Y; y < d.Max.Y; y++ {
		for x := d.Min.X; x < d.Max.X; x++ {
			if p.at(x, y) == c {
				r = r.Union(image.Rect(x, y, x+1, y+1))
				pixels++
			}
		}
	}
	return r, pixels
}

// shade is the gray of a span in which a fault was on (figure.Span).
var shade = color.RGBA{0xec, 0xec, 0xec, 0xff}

// Shaded is the parts of the width between which the picture is shaded from the top
// of the data to the bottom, and an error when it is not.
func (p Picture) Shaded() (from, to float64, err error) {
	first, last := -1, -1
	for x := p.data().Min.X; x < p.data().Max.X; x++ {
		if p.column(x, shade) > .7 {
			if last = x + 1; first < 0 {
				first = x
			}
		}
	}
	if first < 0 {
		return 0, 0, fmt.Errorf("no band is shaded")
	}
	width := float64(p.image.Rect.Dx())
	return float64(first) / width, float64(last) / width, nil
}

// column is the part of the data's height that has a colour in a column of pixels.
func (p Picture) column(x int, c color.RGBA) float64 {
	d := p.data()
	n := 0
	for y := d.Min.Y; y < d.Max.Y; y++ {
		if p.at(x, y) == c {
			n++
		}
	}
	return float64(n) / float64(d.Dy())
}

// ink is the colour of a line that marks a knee.
var ink = color.RGBA{0x22, 0x22, 0x22, 0xff}

// Marked is an error unless a vertical line crosses the whole data.
func (p Picture) Marked() error {
	for x := p.data().Min.X; x < p.data().Max.X; x++ {
		if p.column(x, ink) > .8 {
			return nil
		}
	}
	return fmt.Errorf("no vertical line marks the knee")
}

// firstIsWorse checks that the first of the ten rows of a figure of changes, the
// median's, is marked as worse, by its colour.
func firstIsWorse(p Picture) error {
	worse := palette[5]
	row := p.part(legendBottom, .22)
	if r, n := p.extentIn(row, worse); n < 100 || r.Dx() < 20 {
		return fmt.Errorf("its first row has %d pixels in the colour of worse", n)
	}
	return nil
}

// intervals checks that a figure of changes has intervals in most of its ten rows,
// of whatever verdict.
func intervals(p Picture) error {
	d := p.data()
	rows := 0
	for i := range 10 {
		top := d.Min.Y + i*d.Dy()/10
		ink := 0
		for y := top; y < top+d.Dy()/10; y++ {
			for x := d.Min.X; x < d.Max.X; x++ {
				if c := p.at(x, y); max(c.R, c.G, c.B) < 0xc8 || saturated(c) {
					ink++
				}
			}
		}
		if ink > 100 {
			rows++
		}
	}
	if rows < 8 {
		return fmt.Errorf("only %d of its ten rows have a mark", rows)
	}
	return nil
}
