package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
)

// valueAxis is an axis of a column's numbers. Its low, high and all positions on it are
// values or, when log is true, their decimal logarithms.
type valueAxis struct {
	low, high float64 // low < high
	log       bool
	whole     bool // the values are whole numbers
}

// newValueAxis spans values, all of them finite, and all above 0 when scale is logarithmic: a 0
// has no place on such an axis.
func newValueAxis(values []float64, whole bool, scale axisScale) valueAxis {
	low, high := slices.Min(values), slices.Max(values)
	a := valueAxis{low: low, high: high, whole: whole}
	switch {
	case scale.logFor(low, high):
		a.low, a.high, a.log = math.Log10(low), math.Log10(high), true
		if low == high {
			a.low, a.high = a.low-.5, a.high+.5
		}
	case low >= 0 && low < high/2:
		a.low = 0
	case low == high:
		half := max(math.Abs(low)/2, .5)
		a.low, a.high = low-half, high+half
	}
	room := .03 * (a.high - a.low)
	a.high += room
	if a.log || a.low != 0 || low == 0 { // dots at 0 stay whole
		a.low -= room
	}
	return a
}

// at is where a value stands on the axis.
func (a valueAxis) at(v float64) float64 {
	if a.log {
		return math.Log10(v)
	}
	return v
}

// configure sets the range, ticks and title of a plot's axis.
func (a valueAxis) configure(to *plot.Axis, column string, remarks ...string) {
	to.Min, to.Max, to.Tick.Marker = a.low, a.high, evenTicks(a.whole)
	if a.log {
		to.Tick.Marker, remarks = plot.TickerFunc(powerTicks), append(remarks, "logarithmic")
	}
	to.Label.Text = columnLabel(column, remarks...)
}
