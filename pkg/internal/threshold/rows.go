package threshold

import (
	"math"
	"strconv"
)

// Header returns the names of the columns of Rows.
func Header() []string { return []string{"stage", "threshold", "value", "verdict", "note"} }

// Rows returns results as the rows of a table, values with units.
func Rows(results []Result) [][]string {
	rows := make([][]string, len(results))
	for i, r := range results {
		rows[i] = []string{r.Stage, r.Threshold.Rule(), r.Text(), string(r.Verdict), r.Note}
	}
	return rows
}

// Text returns the value with its unit, "–" when there is none.
func (r Result) Text() string { return r.Threshold.format(r.Value) }

// format writes a value of t's metric in three digits, or in as many as it takes
// to show on which side of the bound it lies.
func (t Threshold) format(value float64) string {
	if math.IsNaN(value) {
		return "–"
	}
	m, _ := lookup(t.Metric)
	scale, unit := 1., ""
	switch {
	case m.kind == latency && value < 1000:
		unit = " ms"
	case m.kind == latency:
		scale, unit = 1e-3, " s"
	case m.kind == ratio:
		scale, unit = 100, "%"
	case m.kind == rate:
		unit = "/s"
	}
	for digits := 3; ; digits++ {
		text := significant(value*scale, digits)
		shown, err := strconv.ParseFloat(text, 64)
		if err != nil || digits >= 17 || side(shown/scale, t.Bound) == side(value, t.Bound) {
			return text + unit
		}
	}
}

// side is where a value lies of a bound.
func side(value, bound float64) int {
	switch d := value - bound; {
	case math.Abs(d) <= 1e-12*math.Abs(bound): // from scaling it
		return 0
	case d < 0:
		return -1
	}
	return 1
}

// significant writes v with at least so many digits and without an exponent; all
// digits before the point stay.
func significant(v float64, digits int) string {
	decimals := 0
	if v != 0 && v != math.Trunc(v) {
		decimals = min(20, max(0, digits-1-int(math.Floor(math.Log10(math.Abs(v))))))
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
