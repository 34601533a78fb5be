package live

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"time"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/threshold"
)

// Colours that stand out from a white page and from a dark one, at 3:1 and more,
// and from one another for the colour-blind: Okabe and Ito's blue and vermilion,
// lighter or darker for the page that they are paler on. Failures are bars, the
// others lines, so that nothing rests on colour alone.
const (
	blue   = "#2a86c8" // rate
	orange = "#d06a10" // p99
	red    = "#dd3b45" // failures
	grey   = "#808080" // in flight
)

// The drawing: panels one above the other over one axis of time.
const (
	drawingWidth = 640
	panelHeight  = 28
	panelPitch   = 50 // with the line of text above each, and room below
)

// HTML returns the view as a fragment of a page: no scripts, no style sheet, no external
// resources, all text escaped. It inherits the page's colour of text, for light and
// dark themes. The figures are text, so that they remain where drawings are removed.
func (v *View) HTML() string {
	var b strings.Builder
	b.Grow(16 << 10)
	b.WriteString(`<div style="max-width:640px;font-size:13px;line-height:1.45;font-variant-numeric:tabular-nums">`)
	v.headHTML(&b)
	v.drawing(&b)
	v.figures(&b)
	checksHTML(&b, v.snapshot.Checks)
	if text := v.snapshot.othersText(); text != "" {
		fmt.Fprintf(&b, "<div>%s</div>", html.EscapeString(text))
	}
	b.WriteString("</div>")
	return b.String()
}

func (v *View) headHTML(b *strings.Builder) {
	s := v.snapshot
	fmt.Fprintf(b, `<div style="display:flex;justify-content:space-between;gap:1em"><span><b>%s</b> <span style="opacity:.75">%s</span></span><span style="white-space:nowrap">`,
		html.EscapeString(printable.Line(s.Stage)), html.EscapeString(printable.Line(s.Model)))
	b.WriteString(strings.TrimSpace(s.doneText()))
	if s.bounded() {
		fmt.Fprintf(b, " · %.0f%%", s.fractionDone()*100)
	}
	fmt.Fprintf(b, " · %s</span></div>", strings.TrimSpace(s.timeText()))
	if s.bounded() {
		fmt.Fprintf(b, `<div style="height:4px;margin:3px 0 6px;background:rgba(128,128,128,.3)"><div style="height:4px;width:%.1f%%;background:%s"></div></div>`, s.fractionDone()*100, blue)
	}
}

// drawing is the past in three panels.
func (v *View) drawing(b *strings.Builder) {
	span := v.span()
	points := v.history.points
	most := largest(points, rateOf)
	fmt.Fprintf(b, `<svg viewBox="0 0 %d %d" style="display:block;width:100%%;height:auto" font-size="11" fill="currentColor" role="img" aria-label="%s">`,
		drawingWidth, 3*panelPitch, html.EscapeString("rate, p99 and requests in flight over "+seconds(span)))
	v.panel(b, 0, blue, "rate", rateOf, rate(most)+"/s", span)
	if failed := largest(points, failuresOf); failed > 0 {
		fmt.Fprintf(b, `<text x="180" y="11"><tspan fill="%s">▮</tspan> failures, up to %s/s</text>`, red, rate(failed))
		v.failuresOverTime(b, most, span)
	}
	fmt.Fprintf(b, `<text x="%d" y="11" text-anchor="end" opacity=".75">%s from left to right</text>`, drawingWidth, seconds(span))
	v.panel(b, 1, orange, "p99 of each second", p99Of, ms(largest(points, p99Of)), span)
	v.panel(b, 2, grey, "in flight", inFlightOf, strconv.FormatFloat(largest(points, inFlightOf), 'f', 0, 64), span)
	b.WriteString("</svg>")
}

// span is what the axis of time shows: the stage's length, or a round time that
// is longer than it has taken, so that the drawing does not shrink every second.
func (v *View) span() time.Duration {
	if v.snapshot.Length > 0 && v.snapshot.Length >= v.snapshot.Elapsed {
		return v.snapshot.Length
	}
	for _, d := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour} {
		if v.snapshot.Elapsed <= d {
			return d
		}
	}
	return v.snapshot.Elapsed.Truncate(time.Hour) + time.Hour
}

// panel draws a figure as a line; where there is none, the line is broken.
func (v *View) panel(b *strings.Builder, row int, colour, label string, of func(point) float64, most string, span time.Duration) {
	base := baseOf(row)
	scale := largest(v.history.points, of)
	if scale > 0 {
		label += ", up to " + most
	}
	fmt.Fprintf(b, `<text x="0" y="%d"><tspan fill="%s">━</tspan> %s</text>`, row*panelPitch+11, colour, label)
	fmt.Fprintf(b, `<path d="M0 %dH%d" stroke="currentColor" opacity=".3"/>`, base-1, drawingWidth)
	points := v.history.points
	fmt.Fprintf(b, `<path fill="none" stroke="%s" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="`, colour)
	pen := byte('M')
	var digits []byte
	for i, p := range points {
		y := of(p)
		if math.IsNaN(y) {
			pen = 'M'
			continue
		}
		digits = append(digits[:0], pen)
		digits = strconv.AppendFloat(digits, v.x(i, .5, span), 'f', 1, 64)
		digits = append(digits, ' ')
		digits = strconv.AppendFloat(digits, height(base, y, scale), 'f', 1, 64)
		if pen == 'M' { // a point of its own is drawn, too
			digits = append(digits, "h0"...)
		}
		b.Write(digits)
		pen = 'L'
	}
	b.WriteString(`"/>`)
}

// failuresOverTime draws a bar for the failures of each second, in the panel of the rate and
// in its scale, of which most is the top, but never too small to be seen. span is the
// width of the axis of time.
func (v *View) failuresOverTime(b *strings.Builder, most float64, span time.Duration) {
	fmt.Fprintf(b, `<path fill="%s" d="`, red)
	for i, p := range v.history.points {
		if p.failures == 0 {
			continue
		}
		top := min(height(baseOf(0), p.failuresPerSecond(), most), float64(baseOf(0)-5))
		left, right := v.x(i, .1, span), v.x(i, .9, span)
		fmt.Fprintf(b, "M%.1f %dV%.1fH%.1fV%dZ", left, baseOf(0)-1, top, max(right, left+1), baseOf(0)-1)
	}
	b.WriteString(`"/>`)
}

// baseOf is where the axis of a panel lies.
func baseOf(row int) int { return (row+1)*panelPitch - 6 }

// x is where a fraction of a point lies on the axis of time.
func (v *View) x(i int, fraction float64, span time.Duration) float64 {
	seconds := (float64(i) + fraction) * float64(v.history.step)
	return math.Min(1, seconds/span.Seconds()) * drawingWidth
}

// height is where a value lies above the base of its panel.
func height(base int, v, most float64) float64 {
	if most <= 0 {
		return float64(base - 2)
	}
	return float64(base-2) - math.Min(1, v/most)*(panelHeight-2)
}

func (v *View) figures(b *strings.Builder) {
	s := v.snapshot
	b.WriteString(`<div style="display:grid;grid-template-columns:repeat(5,1fr);gap:2px 1em;margin-top:6px">`)
	figure := func(label, value string, bad bool) {
		style := ""
		if bad {
			style = ` style="color:` + red + `"`
		}
		fmt.Fprintf(b, `<div><span style="opacity:.75">%s</span> <b%s>%s</b></div>`, label, style, value)
	}
	figure("success", strconv.Itoa(s.Success), false)
	figure("failure", strconv.Itoa(s.Failure), s.Failure > 0)
	figure("unknown", strconv.Itoa(s.Unknown), s.Unknown > 0)
	figure("retries", strconv.Itoa(s.Retries), false)
	figure("dropped", strconv.Itoa(s.Dropped), s.Dropped > 0)
	figure("in flight", strconv.Itoa(s.InFlight), false)
	figure("p50", ms(s.P50), false)
	figure("p90", ms(s.P90), false)
	figure("p99", ms(s.P99), false)
	figure("lag p99", ms(s.LagP99), false)
	if s.Polls > 0 {
		figure("polls", rate(s.Recent.Polls)+"/s", false)
	}
	b.WriteString("</div>")
}

// checksHTML are the thresholds, with a sign before the colour.
func checksHTML(b *strings.Builder, checks []threshold.Result) {
	if len(checks) == 0 {
		return
	}
	b.WriteString(`<div style="margin-top:4px">`)
	for _, c := range checks {
		sign, style := "?", "opacity:.75"
		switch c.Verdict {
		case threshold.Pass:
			sign, style = "✓", "color:"+blue
		case threshold.Fail:
			sign, style = "✗", "font-weight:bold;color:"+red
		}
		fmt.Fprintf(b, `<span style="display:inline-block;margin-right:1.5em"><span style="%s">%s</span> %s <span style="opacity:.75">%s</span></span>`,
			style, sign, html.EscapeString(c.Threshold.Rule()), html.EscapeString(c.Text()))
	}
	b.WriteString("</div>")
}
