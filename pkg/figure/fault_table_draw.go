package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// cellLook is how a cell looks.
type cellLook struct {
	words  string
	fill   color.Color
	ink    color.Color
	hatch  bool
	dotted bool
}

// cellLooks differ in brightness and pattern too.
var cellLooks = [...]cellLook{
	broke:      {words: "broke a rule", fill: palette[6], ink: color.White},
	survived:   {words: "survived", fill: tint(palette[1], .5), ink: color.Black},
	skipped:    {words: "skipped", fill: color.White, ink: color.Black, hatch: true},
	notReached: {words: "not reached", fill: color.Gray{Y: 0xf0}, ink: color.Black},
	notTried:   {words: "not tried", fill: color.White, ink: color.Black, dotted: true},
}

var cellEdge = draw.LineStyle{Color: color.Gray{Y: 0xaa}, Width: .5}

func (l cellLook) paint(c *draw.Canvas, r vg.Rectangle) {
	fillRectangle(c, r, l.fill)
	if l.hatch {
		c.StrokeLines(draw.LineStyle{Color: color.Gray{Y: 0xcc}, Width: .75}, hatch(r, 1)...)
	}
	if l.dotted {
		middle := vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}
		c.DrawGlyph(draw.GlyphStyle{Color: color.Gray{Y: 0x99}, Radius: 1.5, Shape: draw.CircleGlyph{}}, middle)
	}
	c.StrokeLines(cellEdge, []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}, r.Min})
}

// Plot draws the headings, the cells, and lines between the steps.
func (t *faultTable) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, h := range t.heads {
		top := y(-h.top)
		fillRectangle(&c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: y(-h.top - float64(tableHead))}, Max: vg.Point{X: c.Max.X, Y: top}}, headColor)
		c.FillText(textStyle(8), vg.Point{X: c.Min.X + 3, Y: top - tableHead + 3.5}, h.name)
	}
	for i, r := range t.rows {
		for k, cell := range r.cells {
			area := vg.Rectangle{Min: vg.Point{X: x(float64(k)), Y: y(-float64(r.top + r.height))}, Max: vg.Point{X: x(float64(k + 1)), Y: y(-float64(r.top))}}
			t.drawCell(&c, cell, area)
		}
		if t.begins(i) {
			c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1}, c.Min.X, y(-float64(r.top)), c.Max.X, y(-float64(r.top)))
		}
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1}, c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
}

// drawCell draws a cell with its lines in the middle.
func (t *faultTable) drawCell(c *draw.Canvas, cell *FaultCell, area vg.Rectangle) {
	look := cellLooks[cell.result()]
	look.paint(c, area)
	style := t.style
	style.Color = look.ink
	lines := cell.lines(t.letters)
	middle := (area.Min.Y+area.Max.Y)/2 + cellLine*vg.Length(len(lines)-1)/2 - 3
	for i, line := range lines {
		line = elide(line, area.Max.X-area.Min.X-4, style)
		at := vg.Point{X: (area.Min.X + area.Max.X - style.Width(line)) / 2, Y: middle - cellLine*vg.Length(i)}
		if look.hatch {
			fillRectangle(c, vg.Rectangle{Min: vg.Point{X: at.X - 2, Y: at.Y - 2}, Max: vg.Point{X: at.X + style.Width(line) + 2, Y: at.Y + 7}}, color.White)
		}
		c.FillText(style, at, line)
	}
}
