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

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// SeriesPoints is how many points of a stage LatencySeries draws by default, as
// in the original notebook.
const SeriesPoints = 1000

// LatencySeries draws the latency of each request against its index in the order of
// starts: a panel for each stage, with an axis of indexes of its own, and one axis of
// latency for all. A stage of more than maxPoints requests is thinned to at most that
// many, of which every part keeps its fastest and its slowest request, so that no peak is
// lost. Failures have a cross: all of them or, in a stage that was thinned, the slowest of
// each hundredth of the stage. Of more than twelve stages the first twelve are drawn, and
// a note below the figure says so. maxPoints 0 is SeriesPoints; 1 and negative numbers are
// an error.
func LatencySeries(stages []runs.Stage, maxPoints int) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Latency time series by stage"
	if maxPoints == 0 {
		maxPoints = SeriesPoints
	}
	if maxPoints < 2 {
		return nil, fmt.Errorf("latency series of at most %d points: ask for 2 or more, or for 0, which is %d", maxPoints, SeriesPoints)
	}
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	var more []string
	drawn := stages[:min(len(stages), maxTraces)]
	if len(drawn) < len(stages) {
		more = append(more, language.Text(fmt.Sprintf("only the first %d of %d stages are drawn", len(drawn), len(stages))))
	}
	p := newPlot(title, "request index (sorted by start_ts)", "")
	axis := newLatencyAxis(drawn)
	axis.configure(&p.Y)
	if !axis.log {
		axis.low = min(0, axis.low)
	}
	axis.high += .04 * (axis.high - axis.low)
	g := newTraceGrid(drawn, stageColors(stages), axis, maxPoints)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, float64(g.columns), plot.ConstantTicks{}
	p.Y.Min, p.Y.Max = 0, float64(g.rows)
	p.Y.Tick.Marker = g.ticks(p.Y.Tick.Marker)
	p.X.LineStyle.Color, p.Y.LineStyle.Color = color.Transparent, color.Transparent
	entries := stageLineEntries(drawn)
	if slices.ContainsFunc(g.traces, func(t trace) bool { return len(t.failures) > 0 }) {
		entries = append(entries, markEntry(language.Text("failure"), failureCross{gray}))
	}
	p.Add(g, newLegend(entries...))
	addWarnings(p, drawn, false, more...)
	return p, nil
}

// point is one request of a series.
type point struct {
	start   int64 // nanoseconds
	index   int   // its place in the order of starts
	latency float64
	failed  bool
}

// byStart returns the operations in the order of their starts, of their indexes where two
// started at once, without those whose latency is not a finite number.
func byStart(s runs.Stage) []point {
	points := make([]point, 0, s.OperationCount())
	for o := range s.EachOperation("start_ts", "latency_ms", "success", "index") {
		points = append(points, point{start: o.StartTS.UnixNano(), index: int(o.Index), latency: o.LatencyMS, failed: !o.Success})
	}
	earlier := func(a, b point) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.index, b.index)) }
	if !slices.IsSortedFunc(points, earlier) {
		slices.SortFunc(points, earlier)
	}
	for i := range points {
		points[i].index = i
	}
	return slices.DeleteFunc(points, func(p point) bool { return !finite(p.latency) })
}

// thin keeps at most limit points: all of them, or the lowest and the highest of each of
// limit/2 parts.
func thin(points []point, limit int) []point {
	if len(points) <= limit {
		return points
	}
	var kept []point
	for chunk := range chunks(points, limit/2) {
		low, high := 0, 0
		for i, p := range chunk {
			if p.latency < chunk[low].latency {
				low = i
			}
			if p.latency > chunk[high].latency {
				high = i
			}
		}
		kept = append(kept, chunk[min(low, high)])
		if low != high {
			kept = append(kept, chunk[max(low, high)])
		}
	}
	return kept
}

// failuresToMark returns all failures or, of more points than limit, the highest of each
// hundredth.
func failuresToMark(points []point, limit int) []point {
	n := len(points)
	if n > limit {
		n = min(n, 100)
	}
	var kept []point
	for chunk := range chunks(points, n) {
		worst := -1
		for i, p := range chunk {
			if p.failed && (worst < 0 || p.latency > chunk[worst].latency) {
				worst = i
			}
		}
		if worst >= 0 {
			kept = append(kept, chunk[worst])
		}
	}
	return kept
}

// chunks cuts points into n parts of the same length, give or take one.
func chunks(points []point, n int) iter.Seq[[]point] {
	return func(yield func([]point) bool) {
		for k := range n {
			if !yield(points[k*len(points)/n : (k+1)*len(points)/n]) {
				return
			}
		}
	}
}

// splitPolyline cuts a line into short ones, each beginning where the one before ends. The
// rasterizer's time grows with the square of how often one line crosses a row of pixels:
// 1000 points of a jagged line took seconds in one piece.
func splitPolyline(line []vg.Point) (short [][]vg.Point) {
	const points = 16
	for ; len(line) > points; line = line[points-1:] {
		short = append(short, line[:points])
	}
	return append(short, line)
}

// failureCross is an × in a stage's colour, edged so that it stands out from its line.
type failureCross struct{ color color.NRGBA }

func (f failureCross) draw(c *draw.Canvas, at vg.Point) {
	const r = 2.8
	for _, line := range []draw.LineStyle{{Color: ink, Width: 2.4}, {Color: tint(f.color, .55), Width: 1.1}} {
		c.StrokeLine2(line, at.X-r, at.Y-r, at.X+r, at.Y+r)
		c.StrokeLine2(line, at.X-r, at.Y+r, at.X+r, at.Y-r)
	}
}
