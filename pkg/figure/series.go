package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"iter"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/runs"
)

// SeriesPoints is how many points of a stage LatencySeries draws by default, as
// in the original notebook.
const SeriesPoints = 1000

// LatencySeries is the latency of each request against its place in the order of
// starts. A stage of more than maxPoints requests is thinned to at most that
// many, of which every stretch keeps its fastest and its slowest request: no peak
// is lost. Failures have a cross: all of them or, in a stage that was thinned, the
// slowest of each hundredth of the stage.
// maxPoints 0 is SeriesPoints; 1 and negative numbers are refused.
func LatencySeries(stages []runs.Stage, maxPoints int) (*plot.Plot, error) {
	const title = "Latency time series by stage"
	if maxPoints == 0 {
		maxPoints = SeriesPoints
	}
	if maxPoints < 2 {
		return nil, fmt.Errorf("latency series of at most %d points: ask for 2 or more, or for 0, which is %d", maxPoints, SeriesPoints)
	}
	if p := nothing(title, stages); p != nil {
		return p, nil
	}
	p := blank(title, "request index (sorted by start_ts)", "")
	axis := latencyAxis(stages)
	axis.dress(&p.Y)
	if !axis.log {
		p.Y.Min = 0
	}
	p.Y.Max += .04 * (p.Y.Max - p.Y.Min)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, 1, evenTicks(true)
	p.Add(grid(true, false))
	addTraces(p, stages, axis, maxPoints)
	return p, nil
}

// addTraces adds a line for each stage, those of fewer requests in front: a
// long stage would hide them, they hide little of it.
func addTraces(p *plot.Plot, stages []runs.Stage, axis latencies, maxPoints int) {
	colors := stageColors(stages)
	var traces []trace
	var entries []entry
	for i, s := range stages {
		points := byStart(s.Operations)
		t := trace{color: colors[i], axis: axis, requests: len(points), points: thin(points, maxPoints)}
		t.failures = marked(points, maxPoints)
		p.X.Max = max(p.X.Max, float64(len(s.Operations)-1))
		traces = append(traces, t)
		entries = append(entries, stroke(shown(s.Stage, maxName), colors[i]))
	}
	slices.SortStableFunc(traces, func(a, b trace) int { return cmp.Compare(b.requests, a.requests) })
	failed := false
	for _, t := range traces {
		p.Add(t)
		failed = failed || len(t.failures) > 0
	}
	if failed {
		entries = append(entries, mark("failure", cross{gray}))
	}
	p.Add(newLegend(entries...))
}

// point is one request of a series.
type point struct {
	start   int64 // nanoseconds
	index   int   // its place in the order of starts
	latency float64
	failed  bool
}

// byStart is the operations in the order of their starts, as recorded where two
// started at once, without those whose latency is no number.
func byStart(operations []runs.Operation) []point {
	points := make([]point, len(operations))
	for i := range operations {
		o := &operations[i]
		points[i] = point{start: o.StartTS.UnixNano(), latency: o.LatencyMS, failed: !o.Success}
	}
	earlier := func(a, b point) int { return cmp.Compare(a.start, b.start) }
	if !slices.IsSortedFunc(points, earlier) {
		slices.SortStableFunc(points, earlier)
	}
	for i := range points {
		points[i].index = i
	}
	return slices.DeleteFunc(points, func(p point) bool { return !finite(p.latency) })
}

// thin keeps at most limit points: all of them, or the lowest and the highest of
// each of limit/2 stretches.
func thin(points []point, limit int) []point {
	if len(points) <= limit {
		return points
	}
	var kept []point
	for stretch := range stretches(points, limit/2) {
		low, high := 0, 0
		for i, p := range stretch {
			if p.latency < stretch[low].latency {
				low = i
			}
			if p.latency > stretch[high].latency {
				high = i
			}
		}
		kept = append(kept, stretch[min(low, high)])
		if low != high {
			kept = append(kept, stretch[max(low, high)])
		}
	}
	return kept
}

// marked is the failures to be marked: all, or the highest of each hundredth of
// more points than limit.
func marked(points []point, limit int) []point {
	n := len(points)
	if n > limit {
		n = min(n, 100)
	}
	var kept []point
	for stretch := range stretches(points, n) {
		worst := -1
		for i, p := range stretch {
			if p.failed && (worst < 0 || p.latency > stretch[worst].latency) {
				worst = i
			}
		}
		if worst >= 0 {
			kept = append(kept, stretch[worst])
		}
	}
	return kept
}

// stretches cuts points into n parts of the same length, give or take one.
func stretches(points []point, n int) iter.Seq[[]point] {
	return func(yield func([]point) bool) {
		for k := range n {
			if !yield(points[k*len(points)/n : (k+1)*len(points)/n]) {
				return
			}
		}
	}
}

// trace is a plotter of one stage's series.
type trace struct {
	points, failures []point
	axis             latencies
	color            color.NRGBA
	requests         int
}

func (t trace) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	place := func(v point) vg.Point { return vg.Point{X: x(float64(v.index)), Y: y(t.axis.at(v.latency))} }
	line := make([]vg.Point, len(t.points))
	for i, v := range t.points {
		line[i] = place(v)
	}
	c.StrokeLines(draw.LineStyle{Color: t.color, Width: .8}, pieces(line)...)
	if len(line) == 1 { // no line to be seen
		c.DrawGlyph(draw.GlyphStyle{Color: t.color, Radius: 2.5, Shape: draw.CircleGlyph{}}, line[0])
	}
	for _, v := range t.failures {
		cross{t.color}.draw(&c, place(v))
	}
}

// pieces cuts a line into short ones, each beginning where the one before ends.
// The rasterizer's time grows with the square of how often one line crosses a
// row of pixels: 1000 points of a jagged line took seconds in one piece.
func pieces(line []vg.Point) (short [][]vg.Point) {
	const points = 16
	for ; len(line) > points; line = line[points-1:] {
		short = append(short, line[:points])
	}
	return append(short, line)
}

// GlyphBoxes keeps room for a cross at the edges of the data.
func (t trace) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	edge := vg.Rectangle{Min: vg.Point{X: -4, Y: -4}, Max: vg.Point{X: 4, Y: 4}}
	return []plot.GlyphBox{{X: 0, Y: 1, Rectangle: edge}, {X: 1, Y: 0, Rectangle: edge}}
}

// cross is an × in a stage's colour, edged so that it stands out of its line.
type cross struct{ color color.NRGBA }

func (m cross) draw(c *draw.Canvas, at vg.Point) {
	const r = 2.8
	for _, line := range []draw.LineStyle{{Color: ink, Width: 2.4}, {Color: tint(m.color, .55), Width: 1.1}} {
		c.StrokeLine2(line, at.X-r, at.Y-r, at.X+r, at.Y+r)
		c.StrokeLine2(line, at.X-r, at.Y+r, at.X+r, at.Y-r)
	}
}
