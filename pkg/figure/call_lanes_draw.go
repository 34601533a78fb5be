package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

// breakColor is that of times that are left out, headColor that of the headings.
var (
	breakColor = color.Gray{Y: 0xd8}
	headColor  = color.Gray{Y: 0xee}
)

// Plot draws the headings, the times that are left out, the bars and their texts.
func (l *callLanes) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(ms float64) vg.Length { return x(l.axis.at(ms) * l.scale) }
	for _, h := range l.heads {
		fillRectangle(&c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: y(-h.top - .95)}, Max: vg.Point{X: c.Max.X, Y: y(-h.top)}}, headColor)
	}
	for _, tick := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, x(tick.Value), c.Min.Y, x(tick.Value), c.Max.Y)
	}
	for _, b := range l.axis.breaks() {
		fillRectangle(&c, vg.Rectangle{Min: vg.Point{X: at(b.from), Y: c.Min.Y}, Max: vg.Point{X: at(b.to), Y: c.Max.Y}}, breakColor)
	}
	for _, lane := range l.lanes {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, c.Min.X, y(-lane.top-float64(lane.rows)-laneGap/2), c.Max.X, y(-lane.top-float64(lane.rows)-laneGap/2))
	}
	for _, call := range l.calls {
		l.drawCall(&c, call, at(call.from), at(call.to), y(-call.row))
	}
	for _, h := range l.heads {
		c.FillText(l.style, vg.Point{X: c.Min.X + 3, Y: y(-h.top-.5) - 3}, h.name)
	}
	l.drawBreaks(&c, at, y)
}

// drawCall draws a bar, and behind it its label and its fault.
func (l *callLanes) drawCall(c *draw.Canvas, call placedCall, from, to, middle vg.Length) {
	const half = laneRow * .3
	to = max(to, from+minPartLength)
	bar := vg.Rectangle{Min: vg.Point{X: from, Y: middle - half}, Max: vg.Point{X: to, Y: middle + half}}
	call.end.paint(c, bar)
	if call.tag != "" {
		outline(c, bar, 1.5)
	}
	left := to + labelGap
	c.FillText(l.style, vg.Point{X: left, Y: middle - 3}, call.label)
	if call.tag == "" {
		return
	}
	left += l.style.Width(call.label) + labelGap
	room := l.style.Width(call.tag) + 2*tagRoom
	fillRectangle(c, vg.Rectangle{Min: vg.Point{X: left, Y: middle - half - 1}, Max: vg.Point{X: left + room, Y: middle + half + 1}}, color.Black)
	style := l.style
	style.Color = color.White
	c.FillText(style, vg.Point{X: left + tagRoom, Y: middle - 3}, call.tag)
}

// drawBreaks interrupts the bars that run through a time that is left out, and writes how long it
// is into the headings.
func (l *callLanes) drawBreaks(c *draw.Canvas, at func(float64) vg.Length, y func(float64) vg.Length) {
	for _, b := range l.axis.breaks() {
		middle := (at(b.from) + at(b.to)) / 2
		for _, call := range l.calls {
			if call.from <= b.from && call.to >= b.to {
				for _, aside := range []vg.Length{-3, 3} {
					c.StrokeLine2(draw.LineStyle{Color: color.White, Width: 2}, middle+aside-2, y(-call.row)-6, middle+aside+2, y(-call.row)+6)
				}
			}
		}
		style := textStyle(7)
		words := language.Text(formatNumber(b.to-b.from, 0) + " ms")
		for _, h := range l.heads {
			c.FillText(style, vg.Point{X: middle - style.Width(words)/2, Y: y(-h.top-.5) - 3}, words)
		}
	}
}
