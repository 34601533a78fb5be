package figure

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

// entry is one sample of a legend and its text.
type entry struct {
	name string
	draw func(*draw.Canvas, vg.Rectangle)
}

// legend is a plotter that stands between title and data, so that it never
// covers data, in as many rows as the entries need and maxLegendRows at most.
type legend struct {
	rows  [][]entry
	style text.Style
}

const (
	sampleWidth   = vg.Length(18) // the width of a legend's sample
	maxLegendRows = 4             // more would leave the data no room
	rowHeight     = vg.Length(13)
	entrySpace    = vg.Length(16)
)

func newLegend(entries ...entry) *legend { return legendWithin(dataWidth, entries...) }

// legendWithin is a legend for data that are room wide; wider names are cut.
func legendWithin(room vg.Length, entries ...entry) *legend {
	l := &legend{style: textStyle(9)}
	used := vg.Length(0)
	for i, e := range entries {
		e.name = elide(e.name, room-sampleWidth-4, l.style)
		w := l.width(e)
		if used == 0 || used+w-entrySpace > room {
			l.rows, used = append(l.rows, nil), 0
		}
		last := len(l.rows) - 1
		if last == maxLegendRows {
			l.rows[last] = []entry{{language.Text(fmt.Sprintf("and %d more", len(entries)-i)), func(*draw.Canvas, vg.Rectangle) {}}}
			return l
		}
		l.rows[last] = append(l.rows[last], e)
		used += w
	}
	return l
}

func (l *legend) width(e entry) vg.Length {
	return sampleWidth + 4 + l.style.Width(e.name) + entrySpace
}

// GlyphBoxes keeps the room above the data free.
func (l *legend) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{Y: 1, Rectangle: vg.Rectangle{Max: vg.Point{Y: rowHeight*vg.Length(len(l.rows)) + 6}}}}
}

// Plot draws the legend above the canvas of the data.
func (l *legend) Plot(c draw.Canvas, _ *plot.Plot) {
	y := c.Max.Y + 6 + rowHeight*vg.Length(len(l.rows)-1)
	for _, row := range l.rows {
		x := c.Min.X
		for _, e := range row {
			e.draw(&c, vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + sampleWidth, Y: y + 8}})
			c.FillText(l.style, vg.Point{X: x + sampleWidth + 4, Y: y + 1.5}, e.name)
			x += l.width(e)
		}
		y -= rowHeight
	}
}

// areaEntry explains a filled area.
func areaEntry(name string, s swatch) entry {
	return entry{name, func(c *draw.Canvas, r vg.Rectangle) { s.paint(c, r) }}
}

// stageLineEntry explains a stage's line.
func stageLineEntry(name string, c color.Color) entry {
	return lineEntry(name, draw.LineStyle{Color: c, Width: 2})
}

// lineEntry explains a line of any style.
func lineEntry(name string, style draw.LineStyle) entry {
	return entry{name, func(c *draw.Canvas, r vg.Rectangle) {
		c.StrokeLine2(style, r.Min.X, (r.Min.Y+r.Max.Y)/2, r.Max.X, (r.Min.Y+r.Max.Y)/2)
	}}
}

// markEntry explains a failure's cross.
func markEntry(name string, m failureCross) entry {
	return entry{name, func(c *draw.Canvas, r vg.Rectangle) {
		m.draw(c, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
	}}
}
