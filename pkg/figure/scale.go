package figure

import (
	"fmt"
	"strings"
)

// Scale chooses the scale of an axis of Scatter or Lines, which Linear and Logarithmic return.
// The zero value names no column, which is an error.
type Scale struct {
	column      string
	logarithmic bool
}

// Linear makes the axis of a column linear.
//
//	nb.Plot(figure.Scatter(heavy.Frame(), "start_s", "latency_ms", "outcome", figure.Linear("latency_ms")))
//
// The column must be the figure's x or y.
func Linear(column string) Scale { return Scale{column: column} }

// Logarithmic makes the axis of a column logarithmic.
//
//	nb.Plot(figure.Lines(heavy.Frame(), "start_s", "latency_ms", "outcome", figure.Logarithmic("latency_ms")))
//
// The column must be the figure's x or y and of numbers; a value of 0 or below is an error,
// since it has no place on such an axis, and so is a point in time, a column *_ts.
func Logarithmic(column string) Scale { return Scale{column: column, logarithmic: true} }

// isTime reports whether a column holds times, since the start (start_s) or since 1970 (start_ts),
// and not rates (per_s).
func isTime(column string) bool {
	return strings.HasSuffix(column, "_ts") || strings.HasSuffix(column, "_s") && !strings.HasSuffix("_"+column, "_per_s")
}

// scaled sets the scale of the axes of the columns x and y, from what they hold and from what is asked
// for.
func (d *frameData) scaled(x, y string, scales []Scale) error {
	d.xScale, d.yScale = defaultScale(x), defaultScale(y)
	for _, s := range scales {
		if s.column == "" || s.column != x && s.column != y {
			return fmt.Errorf("a scale is chosen for %q, and the figure's columns are %s and %s", s.column, x, y)
		}
		chosen := linear
		if s.logarithmic {
			chosen = logarithmic
		}
		if s.column == x {
			d.xScale = chosen
		}
		if s.column == y {
			d.yScale = chosen
		}
	}
	if d.xScale == logarithmic && d.xNames != nil {
		return fmt.Errorf("column %q holds text: a logarithmic axis wants one of numbers", x)
	}
	if d.xScale == logarithmic {
		if err := d.checkLogarithmic(x, func(g frameGroup) []float64 { return g.x }); err != nil {
			return err
		}
	}
	if d.yScale == logarithmic {
		return d.checkLogarithmic(y, func(g frameGroup) []float64 { return g.y })
	}
	return nil
}

// checkLogarithmic is an error where a column has values that have no place on a logarithmic axis.
func (d *frameData) checkLogarithmic(column string, of func(frameGroup) []float64) error {
	if strings.HasSuffix(column, "_ts") {
		return fmt.Errorf("%s is a point in time, whose axis is linear", column)
	}
	n, values := 0, d.all(of)
	for _, v := range values {
		if v <= 0 {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%s has values of 0 or below (%d of %d), which have no place on a logarithmic axis: leave them out with frame.Where(df, %q, frame.Above(0))", column, n, len(values), column)
	}
	return nil
}

// defaultScale is linear for times, and for others as their range asks.
func defaultScale(column string) axisScale {
	if isTime(column) {
		return linear
	}
	return byRange
}

// axisScale is how an axis' scale is chosen.
type axisScale int

const (
	byRange axisScale = iota // logarithmic when all values are above 0 and span more than two decades
	linear
	logarithmic
)

// logFor reports whether an axis from low to high is logarithmic.
func (s axisScale) logFor(low, high float64) bool {
	return s == logarithmic || s == byRange && low > 0 && high/low > logAxisRatio
}
