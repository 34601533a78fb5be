package figure

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// The part of a distribution that CDFs shows: what lies beyond are single
// requests.
const (
	firstShare = .01
	lastShare  = .999
)

// cdfPoints is how many points a curve has at most, however many the requests.
const cdfPoints = 400

// CDFs draws the cumulative distributions of the stages' latencies over one another: the
// fraction of requests that were answered within a time. The axis of fractions is
// stretched towards its ends as on normal probability paper (Hazen 1914), since what is
// compared is the tail: p95 and p99 would be one line on a linear axis. p50, p95 and p99
// have a mark, an empty one where samples are too few for it. The axis of latency is
// logarithmic when the latencies span more than two decades. Where polls observed latencies, the
// legend has the percentiles with what is not known of them (runs.FormatBetween). Stages of several runs that
// have the same name can be given others by runs.Stage.Named.
func CDFs(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Latency: share of requests answered within a time"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	var curves []cdf
	for i, s := range stages {
		curves = append(curves, newCDF(s, i))
	}
	p := plotCDFs(title, "share of requests (%)", curves, cdf.name)
	addWarnings(p, stages, true)
	return p, nil
}

// plotCDFs draws curves with a legend of their names, in their order.
func plotCDFs(title, shares string, curves []cdf, name func(cdf) string) *plot.Plot {
	p := newPlot(title, "", shares)
	axis := cdfAxis(curves)
	axis.configure(&p.X)
	p.X.Max += .02 * (p.X.Max - p.X.Min)
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = probit(firstShare), probit(lastShare), shareTicks()
	p.Add(grid(true, true))
	var entries []entry
	for _, c := range curves {
		c.axis = axis
		p.Add(c)
		entries = append(entries, lineEntry(name(c), c.style()))
	}
	p.Add(newLegend(entries...))
	return p
}

// probit is the position of a fraction on the axis: the normal distribution's quantile.
func probit(share float64) float64 { return math.Sqrt2 * math.Erfinv(2*share-1) }

func shareTicks() (ticks plot.ConstantTicks) {
	for _, percent := range []float64{1, 5, 25, 50, 75, 90, 95, 99, 99.9} {
		ticks = append(ticks, plot.Tick{Value: probit(percent / 100), Label: fmt.Sprintf("%g", percent)})
	}
	return ticks
}

// cdf is a plotter of one distribution.
type cdf struct {
	label    string
	place    int       // in the figure's list
	turn     int       // how far its dashes are turned on
	requests int       // with a latency that is a number
	values   []float64 // at cdfPoints even distances on the axis of shares
	marks    []float64 // at markedShares
	low      []float64 // the least that marks may be where polls observed latencies, else nil
	axis     latencyAxis
}

var markedShares = []float64{.5, .95, .99}

func newCDF(s runs.Stage, place int) cdf {
	latency, low, polled := make([]float64, 0, s.OperationCount()), []float64(nil), false
	for o := range s.EachOperation("latency_ms", "uncertainty_ms") {
		v := o.LatencyMS
		if !finite(v) {
			continue
		}
		if o.UncertaintyMS > 0 && !polled {
			low, polled = slices.Clone(latency), true
		}
		if latency = append(latency, v); polled {
			low = append(low, v-o.UncertaintyMS)
		}
	}
	c := cdfOf(s.Stage, place, latency)
	if polled {
		c.low = marksOf(load.Sorted(low))
	}
	return c
}

// cdfOf returns the distribution of finite latencies.
func cdfOf(label string, place int, latency []float64) cdf {
	latency = load.Sorted(latency)
	c := cdf{label: label, place: place, requests: len(latency)}
	if len(latency) == 0 {
		return c
	}
	for i := range cdfPoints {
		share := .5 * (1 + math.Erf(shareAt(i)/math.Sqrt2))
		c.values = append(c.values, load.Quantile(latency, share))
	}
	c.marks = marksOf(latency)
	return c
}

// marksOf returns the quantiles at markedShares of sorted latencies.
func marksOf(sorted []float64) (marks []float64) {
	for _, q := range markedShares {
		marks = append(marks, load.Quantile(sorted, q))
	}
	return marks
}

// shareAt is the position of the i-th point on the axis of fractions.
func shareAt(i int) float64 {
	low, high := probit(firstShare), probit(lastShare)
	return low + (high-low)*float64(i)/(cdfPoints-1)
}

// cdfAxis spans what the curves show.
func cdfAxis(curves []cdf) latencyAxis {
	low, positive, high := math.Inf(1), math.Inf(1), 0.
	for _, c := range curves {
		for _, v := range c.values {
			low, high = min(low, max(v, 0)), max(high, v)
			if v > 0 {
				positive = min(positive, v)
			}
		}
	}
	return axisSpanning(low, positive, high)
}

// cdfColors is the palette in the order in which two differ most.
var cdfColors = []int{2, 5, 1, 3, 0, 4, 6, 7}

// style distinguishes curves by colour and by dashes.
func (c cdf) style() draw.LineStyle {
	dashes := [][]vg.Length{nil, {6, 2.5}, {1.5, 2}, {8, 2, 1.5, 2}}
	return draw.LineStyle{Color: c.color(), Width: 1.6, Dashes: dashes[(c.place+c.turn)%len(dashes)]}
}

func (c cdf) color() color.NRGBA { return palette[cdfColors[c.place%len(cdfColors)]] }

// name is the curve's line of the legend.
func (c cdf) name() string {
	name := fmt.Sprintf("%s, n = %s", oneLine(c.label, 2*maxNameLetters), formatCount(c.requests))
	if c.requests == 0 {
		return name
	}
	return name + fmt.Sprintf(", p50 %s  p95 %s  p99 %s ms", c.markText(0), c.markText(1), c.markText(2))
}

// markText returns the latency at a marked share, with what is not known of it.
func (c cdf) markText(i int) string {
	if c.low == nil {
		return load.FormatNumber(c.marks[i])
	}
	return runs.FormatBetween(c.low[i], c.marks[i])
}

// Plot draws the curve and then its marks.
func (c cdf) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	points := make([]vg.Point, len(c.values))
	for i, v := range c.values {
		points[i] = vg.Point{X: x(c.axis.at(v)), Y: y(shareAt(i))}
	}
	canvas.StrokeLines(c.style(), points) // it rises only: see pieces for what does not
	for i, v := range c.marks {
		at := vg.Point{X: x(c.axis.at(v)), Y: y(probit(markedShares[i]))}
		canvas.DrawGlyph(draw.GlyphStyle{Color: c.color(), Radius: 3.4, Shape: draw.CircleGlyph{}}, at)
		if c.requests < load.SamplesFor(markedShares[i]) {
			canvas.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: 2, Shape: draw.CircleGlyph{}}, at)
		}
	}
}
