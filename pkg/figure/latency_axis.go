package figure

import (
	"math"

	"gonum.org/v1/plot"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// latencyAxis is an axis of latencies. Its low, high and all positions on it are
// milliseconds or, when log is true, their decimal logarithms: gonum's own logarithmic
// scale panics at 0 and leaves empty room for the axis' title.
type latencyAxis struct {
	low, high float64 // low < high
	log       bool
	floor     float64 // milliseconds; smaller ones stand here
}

// logAxisRatio is the ratio of the greatest to the smallest latency from which an
// axis is logarithmic: on a linear one the smaller would be a line of pixels.
const logAxisRatio = 100

// newLatencyAxis spans every finite latency of the stages.
func newLatencyAxis(stages []runs.Stage) latencyAxis {
	low, positive, high := math.Inf(1), math.Inf(1), 0.
	for _, s := range stages {
		for o := range s.EachOperation("latency_ms") {
			v := o.LatencyMS
			if !finite(v) {
				continue
			}
			low, high = min(low, max(v, 0)), max(high, v)
			if v > 0 {
				positive = min(positive, v)
			}
		}
	}
	return axisSpanning(low, positive, high)
}

// axisSpanning returns an axis from the lowest to the highest latency; positive is the
// lowest above 0.
func axisSpanning(low, positive, high float64) latencyAxis {
	switch {
	case high == 0:
		return latencyAxis{high: 1}
	case high/positive > logAxisRatio:
		return latencyAxis{low: math.Log10(positive), high: math.Log10(high), log: true, floor: positive}
	case low < high/2:
		return latencyAxis{high: high}
	case low < high:
		return latencyAxis{low: low, high: high}
	}
	return latencyAxis{low: low / 2, high: low * 1.5} // one value: some room around it
}

// at is where a latency stands on the axis.
func (l latencyAxis) at(v float64) float64 {
	v = max(v, l.floor)
	if l.log {
		return math.Log10(v)
	}
	return v
}

// configure sets the range, ticks and title of a plot's axis.
func (l latencyAxis) configure(a *plot.Axis) {
	a.Min, a.Max, a.Label.Text, a.Tick.Marker = l.low, l.high, language.Text("latency (ms)"), evenTicks(false)
	if l.log {
		a.Label.Text, a.Tick.Marker = language.Text("latency (ms, logarithmic)"), plot.TickerFunc(powerTicks)
	}
}

// edge is where the i-th of n equal bins begins, and the one before it ends.
func (l latencyAxis) edge(i, n int) float64 {
	return l.low + (l.high-l.low)*float64(i)/float64(n)
}

// bin is the index of the bin, of n, that holds a latency.
func (l latencyAxis) bin(v float64, n int) int {
	return min(max(int((l.at(v)-l.low)/(l.high-l.low)*float64(n)), 0), n-1)
}
