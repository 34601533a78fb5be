package figure

import (
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

// maxTimelineCalls is how many calls CallTimeline draws.
const maxTimelineCalls = 120

// CallTimeline draws the calls of a few purchases over time, such as those of the smallest
// schedule of faults that breaks a rule: below the heading of each purchase a row for the
// service and each participant that was asked, and in it a bar for each call from its beginning to
// its end, with its step, its attempt where it is not the first, and its answer beside it.
// Calls that are under way at once stand below one another. A fault is written in white on black
// behind the call that it was done to, whose bar has a thick edge. The bar is plain and green for
// an answer of 2xx, hatched and orange for one of 3xx or 4xx, crossed and vermilion for 5xx or
// none, and empty when the call was not delivered, on purpose. The answer is that of
// who was asked, also where its reply was lost.
//
// Time is counted from the beginning of the first call; a time in which no call begins or ends and
// that would take most of the axis is left out, with its length in its place. Of more than 120 calls the first 120 are
// drawn. The title may be a sentence of several lines. Draw it CallTimelineHeight high.
//
// The error is Nothing when there is no call.
func CallTimeline(title string, calls []TimelineCall) (*plot.Plot, error) {
	if len(calls) == 0 {
		return nil, Nothing{oneLine(title, longTitle), "there is no call"}
	}
	l := newCallLanes(calls)
	p := newPlot("", "time since the first call (ms)", "")
	setWrappedTitle(p, title)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, float64(laneWidth), l.axis.ticks(l.scale)
	p.Y.Min, p.Y.Max = -l.height, 0
	var names plot.ConstantTicks
	for _, lane := range l.lanes {
		names = append(names, plot.Tick{Value: -lane.top - float64(lane.rows)/2, Label: lane.name})
	}
	p.Y.Tick.Marker, p.Y.Tick.Color = names, color.Transparent
	p.Add(l, legendWithin(laneWidth, l.legend()...))
	return p, nil
}

// CallTimelineHeight returns the height in inches for which CallTimeline lays out some calls.
func CallTimelineHeight(title string, calls []TimelineCall) float64 {
	if len(calls) == 0 {
		return Height
	}
	l := newCallLanes(calls)
	height := vg.Length(l.height)*laneRow + titleHeight(title) + rowHeight*vg.Length(len(legendWithin(laneWidth, l.legend()...).rows)) + 60
	return float64(height / vg.Inch)
}

// A title that is a sentence has up to maxTitleLines lines of letters of titleSize.
const (
	maxTitleLines = 4
	titleSize     = vg.Length(11)
)

// setWrappedTitle sets a title that may have several lines.
func setWrappedTitle(p *plot.Plot, title string) {
	p.Title.Text = strings.Join(titleLines(title), "\n")
	p.Title.TextStyle = textStyle(titleSize)
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
}

// titleLines breaks a title into as few lines as it needs, of about the same length.
func titleLines(title string) []string {
	title = oneLine(language.Text(title), 1000)
	room := vg.Length(Width*vg.Inch - 4*margin)
	lines := wrapWords(title, room, textStyle(titleSize))
	if len(lines) > maxTitleLines {
		lines = lines[:maxTitleLines]
		lines[maxTitleLines-1] += " …"
		return lines
	}
	for room > 2*vg.Inch {
		room *= .95
		narrower := wrapWords(title, room, textStyle(titleSize))
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	return lines
}

func titleHeight(title string) vg.Length {
	return 1.25 * titleSize * vg.Length(len(titleLines(title)))
}

// legend explains the bars that are there.
func (l *callLanes) legend() (entries []entry) {
	has := func(is func(placedCall) bool) bool { return slices.ContainsFunc(l.calls, is) }
	for i, e := range callEnds {
		if has(func(c placedCall) bool { return c.end == callEnd(i) }) {
			entries = append(entries, entry{language.Text(e.words), func(c *draw.Canvas, r vg.Rectangle) { callEnd(i).paint(c, r) }})
		}
	}
	if has(func(c placedCall) bool { return c.tag != "" }) {
		entries = append(entries, entry{language.Text("fault"), func(c *draw.Canvas, r vg.Rectangle) {
			fillRectangle(c, r, color.Black)
		}})
	}
	if len(l.axis.breaks()) > 0 {
		entries = append(entries, entry{language.Text("time left out"), func(c *draw.Canvas, r vg.Rectangle) {
			fillRectangle(c, r, breakColor)
		}})
	}
	return entries
}

func fillRectangle(c *draw.Canvas, r vg.Rectangle, ink color.Color) {
	c.FillPolygon(ink, []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}})
}
