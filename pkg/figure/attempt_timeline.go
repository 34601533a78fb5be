package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Bounds of AttemptTimeline.
const (
	// TimelineRows is how many purchases AttemptTimeline draws by default.
	TimelineRows    = 12
	maxTimelineRows = 40
	maxBars         = 100 // attempts of one purchase that are drawn
)

// AttemptTimeline draws the attempts of single purchases: a row for each, and in it a
// bar for each attempt, from its start to its end, with how it ended above it (a status
// or an error class), and a thin line for the wait before the next one. Time is counted
// from the purchase's start. Bars are plain when the attempt was confirmed, hatched when
// it was refused, turned away or not sent, and crossed when its effect is unknown. Of a purchase
// of several steps the label of each attempt begins with its step. Polls and logins are low bars without a label.
//
// It chooses the purchases with the most attempts, among equals those that took longest:
// at most limit, where 0 is TimelineRows; negative numbers and more than 40 are an error.
// A figure of more than 15 rows has to be drawn higher than Height for the labels above
// the bars to appear.
func AttemptTimeline(stages []runs.Stage, limit int) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Attempts of single purchases"
	if limit == 0 {
		limit = TimelineRows
	}
	if limit < 0 || limit > maxTimelineRows {
		return nil, fmt.Errorf("a timeline of %d purchases: ask for 1 to %d, or for 0, which is %d", limit, maxTimelineRows, TimelineRows)
	}
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	rows := timelines(stages, limit)
	if len(rows) == 0 {
		return nil, Nothing{title, "no attempts recorded in these stages"}
	}
	p := newPlot(fmt.Sprintf("%s: the %d with the most attempts", title, len(rows)), "time since the purchase's start (ms)", "end of the idempotency key")
	if len(rows) == 1 {
		p.Title.Text = language.Text(title + ": the one with the most attempts")
	}
	timelineAxes(p, rows)
	p.Add(grid(false, true), newGantt(rows), newLegend(timelineLegend(stages, rows)...))
	return p, nil
}

// timelineAxes sets axes that hold all bars, with a row for each purchase.
func timelineAxes(p *plot.Plot, rows []timeline) {
	end := 0.
	var ticks plot.ConstantTicks
	for i, r := range rows {
		for _, b := range r.bars {
			end = max(end, b.to)
		}
		ticks = append(ticks, plot.Tick{Value: -float64(i), Label: r.name})
	}
	if end == 0 {
		end = 1
	}
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, end, evenTicks(false)
	// room for four rows at least: one alone would fill the figure
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = .5-float64(max(4, len(rows))), .5, ticks
	p.Y.Tick.Color = color.Transparent
}

// timeline is the row of one purchase.
type timeline struct {
	name  string
	stage int
	color color.NRGBA
	bars  []bar
}

// bar is one attempt, in milliseconds since the purchase's start.
type bar struct {
	from, to float64
	pattern  pattern
	labels   []string // from the one that says most to the shortest, nil for a poll or a login
	kind     string   // runs.Poll or runs.Login, else ""
}

// purchaseAt is an operation and the stage that recorded it.
type purchaseAt struct {
	stage int
	runs.Operation
}

// choosePurchases returns the purchases to draw, in the order in which they are drawn. It
// keeps no more than limit of them at a time.
func choosePurchases(stages []runs.Stage, limit int) (chosen []purchaseAt) {
	order := func(a, b purchaseAt) int {
		return cmp.Or(cmp.Compare(b.Attempts, a.Attempts), cmp.Compare(b.LatencyMS, a.LatencyMS), cmp.Compare(a.stage, b.stage), cmp.Compare(a.Index, b.Index))
	}
	for i, s := range stages {
		for row := range s.EachOperation("attempts", "latency_ms", "index", "key", "start_ts") {
			o := purchaseAt{i, *row}
			if at, _ := slices.BinarySearchFunc(chosen, o, order); at < limit {
				chosen = slices.Insert(chosen, at, o)
				chosen = chosen[:min(len(chosen), limit)]
			}
		}
	}
	return chosen
}

// timelines returns the rows of the chosen purchases that have attempts.
func timelines(stages []runs.Stage, limit int) (rows []timeline) {
	type id struct {
		stage int
		index int64
	}
	chosen := choosePurchases(stages, limit)
	attempts := map[id][]runs.Attempt{}
	for _, o := range chosen {
		attempts[id{o.stage, o.Index}] = nil
	}
	for i, s := range stages {
		for a := range s.EachAttempt("index", "number", "key", "start_ts", "latency_ms", "status", "class", "sent", "reason", "replayed", "meaning", "kind", "step") {
			if list, ok := attempts[id{i, a.Index}]; ok && len(list) < maxBars {
				attempts[id{i, a.Index}] = append(list, *a)
			}
		}
	}
	colors := stageColors(stages)
	for _, o := range chosen {
		if list := attempts[id{o.stage, o.Index}]; len(list) > 0 {
			slices.SortStableFunc(list, func(a, b runs.Attempt) int { return runs.CompareAttempts(&a, &b) })
			rows = append(rows, timeline{name: keyEnd(o.Key), stage: o.stage, color: colors[o.stage], bars: bars(o.StartTS, list)})
		}
	}
	return rows
}

// keyEnd returns the last six letters of a key, which distinguish the keys of one run.
func keyEnd(key string) string {
	letters := []rune(key)
	if len(letters) <= 6 {
		return oneLine(key, maxNameLetters)
	}
	return "…" + oneLine(string(letters[len(letters)-6:]), maxNameLetters)
}

func bars(start time.Time, attempts []runs.Attempt) (list []bar) {
	var before *runs.Attempt // the last one that is no poll or login
	for i, a := range attempts {
		from := max(float64(a.StartTS.Sub(start))/float64(time.Millisecond), 0)
		b := bar{from: from, to: from}
		if a.IsAttempt() {
			b.pattern, b.labels = outcomePattern(a), attemptLabels(a, before != nil && a.Step == before.Step && a.Key != before.Key)
			before = &attempts[i]
		} else {
			b.kind = a.Kind
		}
		if finite(a.LatencyMS) && a.LatencyMS > 0 {
			b.to += a.LatencyMS
		}
		if finite(b.to) {
			list = append(list, b)
		}
	}
	return list
}

// outcomePattern returns the pattern of what an attempt means.
func outcomePattern(a runs.Attempt) pattern {
	switch m := a.Means(); {
	case m == purchase.MeansConfirmed, m == purchase.MeansStepDone:
		return plain
	case m.IsRefusal(), m.DidNothing(), m == purchase.MeansNotSent:
		return hatched
	}
	return crossed
}

// attemptLabels says how an attempt ended, from the longest text to the shortest.
func attemptLabels(a runs.Attempt, newKey bool) []string {
	short := cmp.Or(a.Class, strconv.FormatInt(a.Status, 10))
	if a.Step != "" {
		short = a.Step + " " + short
	}
	more := ""
	if a.Class == "" && a.Reason != "" && !strings.HasPrefix(a.Reason, "http_") {
		more += " " + a.Reason
	}
	if a.Replayed {
		more += language.Text(" replayed")
	}
	if newKey {
		more += language.Text(", new key")
	}
	short = oneLine(short, maxNameLetters)
	if more == "" {
		return []string{short}
	}
	return []string{short + oneLine(more, 2*maxNameLetters), short}
}

// patternMeanings is what each pattern means for an attempt.
var patternMeanings = [...]string{plain: "confirmed", hatched: "refused or not sent", crossed: "unknown what it did"}

// timelineLegend explains the colours and patterns that are in the rows.
func timelineLegend(stages []runs.Stage, rows []timeline) (entries []entry) {
	for i, c := range stageColors(stages) {
		if slices.ContainsFunc(rows, func(r timeline) bool { return r.stage == i }) {
			entries = append(entries, areaEntry(oneLine(stages[i].Stage, maxNameLetters), swatch{color: c}))
		}
	}
	for i, name := range patternMeanings {
		has := func(b bar) bool { return b.kind == "" && b.pattern == pattern(i) }
		if slices.ContainsFunc(rows, func(r timeline) bool { return slices.ContainsFunc(r.bars, has) }) {
			entries = append(entries, areaEntry(language.Text(name), swatch{gray, pattern(i)}))
		}
	}
	entries = append(entries, lineEntry(language.Text("wait"), waitLine))
	for _, kind := range []string{runs.Poll, runs.Login} {
		has := func(b bar) bool { return b.kind == kind }
		if slices.ContainsFunc(rows, func(r timeline) bool { return slices.ContainsFunc(r.bars, has) }) {
			entries = append(entries, entry{language.Text(kind), func(c *draw.Canvas, r vg.Rectangle) {
				middle := (r.Min.X + r.Max.X) / 2
				paintOther(c, kind, middle-1, middle+1, r.Min.Y, r.Max.Y-r.Min.Y)
			}})
		}
	}
	return entries
}

// paintOther draws a poll, or higher a login, in a row that begins at low and is thick.
func paintOther(c *draw.Canvas, kind string, from, to, low, thick vg.Length) {
	height := .4 * thick
	if kind == runs.Login {
		height = .8 * thick
	}
	low += (thick - height) / 2
	c.FillPolygon(ink, []vg.Point{{X: from, Y: low}, {X: to, Y: low}, {X: to, Y: low + height}, {X: from, Y: low + height}})
}

// waitLine is the line between two attempts.
var waitLine = draw.LineStyle{Color: gray, Width: .75}

// gantt is a plotter of timelines, the first at the top.
type gantt struct {
	rows  []timeline
	style text.Style
}

func newGantt(rows []timeline) *gantt { return &gantt{rows, textStyle(8)} }

// GlyphBoxes reserves room on the right for the labels of bars at the end.
func (g *gantt) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Rectangle: vg.Rectangle{Max: vg.Point{X: g.beyond()}}}}
}

// beyond is the room that the last bars' labels may need to the right of the data.
func (g *gantt) beyond() (room vg.Length) {
	for _, r := range g.rows {
		if i := nextAttempt(r.bars, lastAttempt(r.bars)); i < len(r.bars) {
			room = max(room, g.style.Width(r.bars[i].labels[0]))
		}
	}
	return min(room, 1.5*vg.Inch)
}

// nextAttempt returns the place of the first bar from one on that is no poll or login, else
// the number of bars.
func nextAttempt(bars []bar, from int) int {
	for i := from; i < len(bars); i++ {
		if bars[i].kind == "" {
			return i
		}
	}
	return len(bars)
}

// lastAttempt returns the place of the last bar that is no poll or login, 0 without one.
func lastAttempt(bars []bar) int {
	for i := len(bars) - 1; i > 0; i-- {
		if bars[i].kind == "" {
			return i
		}
	}
	return 0
}

// Plot draws the rows: lines, bars, labels.
func (g *gantt) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	row := y(1) - y(0)
	const word = vg.Length(8)
	thick := min(row-word-3, 12)
	labelled := thick >= 4
	if !labelled {
		thick = .7 * row
	}
	for i, r := range g.rows {
		low := y(-float64(i)) - thick/2
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, c.Min.X, y(-float64(i)-.5), c.Max.X, y(-float64(i)-.5))
		if labelled {
			low -= word / 2
		}
		for j, b := range r.bars {
			if j > 0 {
				c.StrokeLine2(waitLine, x(r.bars[j-1].to), low+thick/2, x(b.from), low+thick/2)
			}
		}
		for j, b := range r.bars {
			to := max(x(b.to), x(b.from)+minPartLength)
			if b.kind != "" {
				paintOther(&c, b.kind, x(b.from), to, low, thick)
				continue
			}
			swatch{r.color, b.pattern}.paint(&c, vg.Rectangle{Min: vg.Point{X: x(b.from), Y: low}, Max: vg.Point{X: to, Y: low + thick}})
			room := c.Max.X + g.beyond() - x(b.from)
			if next := nextAttempt(r.bars, j+1); next < len(r.bars) {
				room = x(r.bars[next].from) - x(b.from) - 3
			}
			if labelled {
				c.FillText(g.style, vg.Point{X: x(b.from) + .5, Y: low + thick + 2}, g.fitting(b.labels, room))
			}
		}
	}
}

// fitting returns the first of some texts that fits into room, the last one elided when
// none does.
func (g *gantt) fitting(words []string, room vg.Length) string {
	for _, w := range words {
		if g.style.Width(w) <= room {
			return w
		}
	}
	return elide(words[len(words)-1], room, g.style)
}
