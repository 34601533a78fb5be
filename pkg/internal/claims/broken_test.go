package claims

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"regexp"
	"slices"
	"testing"
)

// breaking is a change of a section's outputs under which one claim must fail.
type breaking struct {
	section, message string
	// pattern and with replace text in the outputs.
	pattern, with string
	// paint changes the picture of the claim's figure.
	paint func(p Picture)
}

// white takes a colour out of a picture's data, or all colours.
func white(colors ...color.RGBA) func(Picture) {
	return func(p Picture) {
		d := p.part(.14, 1)
		for y := d.Min.Y; y < d.Max.Y; y++ {
			for x := d.Min.X; x < d.Max.X; x++ {
				if len(colors) == 0 || slices.Contains(colors, p.at(x, y)) {
					p.image.SetRGBA(x, y, color.RGBA{0xff, 0xff, 0xff, 0xff})
				}
			}
		}
	}
}

// exchanged exchanges two colours of a picture's data.
func exchanged(a, b color.RGBA) func(Picture) {
	return func(p Picture) {
		d := p.data()
		for y := d.Min.Y; y < d.Max.Y; y++ {
			for x := d.Min.X; x < d.Max.X; x++ {
				switch p.at(x, y) {
				case a:
					p.image.SetRGBA(x, y, b)
				case b:
					p.image.SetRGBA(x, y, a)
				}
			}
		}
	}
}

// blank takes everything out of a picture.
func blank(p Picture) {
	for i := range p.image.Pix {
		p.image.Pix[i] = 0xff
	}
}

// unmarked takes vertical lines over the whole data out of a picture.
func unmarked(p Picture) {
	for x := p.image.Rect.Min.X; x < p.image.Rect.Max.X; x++ {
		if p.column(x, ink) < .8 {
			continue
		}
		for y := p.image.Rect.Min.Y; y < p.image.Rect.Max.Y; y++ {
			p.image.SetRGBA(x, y, color.RGBA{0xff, 0xff, 0xff, 0xff})
		}
	}
}

// mirrored exchanges left and right in a picture's data.
func mirrored(p Picture) {
	d := p.data()
	for y := d.Min.Y; y < d.Max.Y; y++ {
		for x := range d.Dx() / 2 {
			a, b := p.at(d.Min.X+x, y), p.at(d.Max.X-1-x, y)
			p.image.SetRGBA(d.Min.X+x, y, b)
			p.image.SetRGBA(d.Max.X-1-x, y, a)
		}
	}
}

// cropped takes the right half of a picture's data out.
func cropped(p Picture) {
	d := p.part(.14, 1)
	for y := d.Min.Y; y < d.Max.Y; y++ {
		for x := d.Max.X / 2; x < d.Max.X; x++ {
			p.image.SetRGBA(x, y, color.RGBA{0xff, 0xff, 0xff, 0xff})
		}
	}
}

// topOnly leaves the upper third of a picture's data.
func topOnly(p Picture) {
	d := p.data()
	for y := d.Min.Y + d.Dy()/3; y < d.Max.Y; y++ {
		for x := d.Min.X; x < d.Max.X; x++ {
			p.image.SetRGBA(x, y, color.RGBA{0xff, 0xff, 0xff, 0xff})
		}
	}
}

// grayed is a picture without any colour.
func grayed(p Picture) {
	for y := p.image.Rect.Min.Y; y < p.image.Rect.Max.Y; y++ {
		for x := p.image.Rect.Min.X; x < p.image.Rect.Max.X; x++ {
			if slices.Contains(palette, p.at(x, y)) {
				p.image.SetRGBA(x, y, color.RGBA{0x80, 0x80, 0x80, 0xff})
			}
		}
	}
}

// broken is the section under the breaking.
func (b breaking) broken(t *testing.T, s Section, figure string) Section {
	t.Helper()
	cells := slices.Clone(s.Cells)
	changed := false
	for i := range cells {
		cells[i].Outputs = slices.Clone(cells[i].Outputs)
		for j := range cells[i].Outputs {
			o := &cells[i].Outputs[j]
			if b.pattern != "" {
				text := regexp.MustCompile(`(?m)`+b.pattern).ReplaceAllString(o.Text, b.with)
				changed, o.Text = changed || text != o.Text, text
			}
			if b.paint != nil && o.PNG != "" && titleOf(*o) == figure {
				changed, o.PNG = true, repainted(t, o.PNG, b.paint)
			}
		}
	}
	if !changed {
		t.Fatalf("nothing in section %q matches %q, and it has no figure %q: the breaking breaks nothing", s.Heading, b.pattern, figure)
	}
	return Section{s.Heading, cells}
}

// repainted is a picture after a change.
func repainted(t *testing.T, encoded string, paint func(Picture)) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(regexp.MustCompile(`\s`).ReplaceAllString(encoded, ""))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	p := decoded(img)
	paint(p)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, p.image); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// TestEveryCheckCanFail breaks the committed outputs, each claim's in at least one
// way, and looks whether the claim's check sees it.
func TestEveryCheckCanFail(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sections := committed(t, name).Sections()
			for _, c := range Of(name) {
				at := slices.IndexFunc(sections, func(s Section) bool { return s.Heading == c.Section })
				tried := 0
				for _, b := range breakings[name] {
					if b.section != c.Section || b.message != c.Message {
						continue
					}
					tried++
					if err := c.check(b.broken(t, sections[at], c.Figure)); err == nil {
						t.Errorf("section %q: with %q in place of %q it still shows that %s", c.Section, b.with, b.pattern, c.Message)
					}
				}
				if c.Figure != "" {
					tried++
					if err := c.check(breaking{paint: blank}.broken(t, sections[at], c.Figure)); err == nil {
						t.Errorf("section %q: with a blank figure it still shows that %s", c.Section, c.Message)
					}
				}
				if tried == 0 || c.Figure != "" && tried == 1 {
					t.Errorf("section %q: nothing breaks the claim that %s", c.Section, c.Message)
				}
			}
			for _, b := range breakings[name] {
				if !slices.ContainsFunc(Of(name), func(c Claim) bool { return c.Section == b.section && c.Message == b.message }) {
					t.Errorf("section %q does not claim that %s", b.section, b.message)
				}
			}
		})
	}
}

// TestPictures looks at pictures that are made up.
func TestPictures(t *testing.T) {
	p := decoded(image.NewRGBA(image.Rect(0, 0, 400, 200)))
	blank(p)
	if p.NotBlank() == nil {
		t.Error("a blank picture passes")
	}
	if len(p.Legend()) != 0 || p.Curves("a") == nil || p.Marked() == nil {
		t.Error("a blank picture has a legend, a curve or a mark")
	}
	if _, _, err := p.Shaded(); err == nil {
		t.Error("a blank picture has a shade")
	}
	fill := func(r image.Rectangle, c color.RGBA) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				p.image.SetRGBA(x, y, c)
			}
		}
	}
	fill(image.Rect(50, 18, 80, 24), palette[4])    // the legend
	fill(image.Rect(100, 25, 200, 180), shade)      // a fault
	fill(image.Rect(40, 150, 380, 153), palette[4]) // a flat curve
	if err := p.Curves("a"); err == nil {
		t.Error("a flat curve passes")
	}
	if from, to, err := p.Shaded(); err != nil || from != .25 || to != .5 {
		t.Errorf("the shade is from %v to %v (%v), want a quarter to a half", from, to, err)
	}
	fill(image.Rect(300, 50, 303, 150), palette[4]) // it rises
	if err := p.Curves("a"); err != nil {
		t.Error(err)
	}
	fill(image.Rect(320, 20, 323, 180), ink)
	if err := p.Marked(); err != nil {
		t.Error(err)
	}
	if err := p.Curves("a", "b"); err == nil {
		t.Error("one curve passes for two")
	}
}

// TestLegendOfSeveralRows: a legend has as many rows as its texts need, and data below it are
// not taken for a row.
func TestLegendOfSeveralRows(t *testing.T) {
	for rows := 1; rows <= 4; rows++ {
		img := image.NewRGBA(image.Rect(0, 0, 400, 400))
		paint := func(r image.Rectangle, c color.Color) {
			draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
		}
		paint(img.Rect, color.White)
		for i := range rows {
			top := int(400 * (legendTop + legendRow*float64(i)))
			paint(image.Rect(60, top+4, 72, top+12), palette[i])
			paint(image.Rect(100, top+4, 110, top+10), color.Black) // letters
		}
		paint(image.Rect(60, 200, 380, 320), palette[6]) // data
		p := decoded(img).withLegend()
		if p.rows != rows || len(p.Legend()) != rows {
			t.Errorf("%d rows were taken for %d with %d colours", rows, p.rows, len(p.Legend()))
		}
	}
}
