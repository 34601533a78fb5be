package load

import (
	"math"
	"strconv"
)

// RoundForDisplay rounds v as every line, table and figure shows it: to one decimal from 10
// on, to three significant digits below. NaN and infinities are returned unchanged.
func RoundForDisplay(v float64) float64 {
	size := math.Abs(v)
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	unit := 10.0
	if size < 10 {
		unit = math.Pow(10, 2-math.Floor(math.Log10(size)))
	}
	if rounded := math.Round(v*unit) / unit; !math.IsInf(rounded, 0) && !math.IsNaN(rounded) {
		return rounded
	}
	return v
}

// FormatNumber formats RoundForDisplay(v) with all the digits it was rounded to: "272.5", "40.0",
// "8.25", "0.0310". NaN is "–", and 0 is "0".
func FormatNumber(v float64) string {
	v = RoundForDisplay(v)
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	case v == 0:
		return "0"
	case size >= 1e15 || size < 1e-6:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case size >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2-int(math.Floor(math.Log10(size)+1e-12)), 64)
	}
}
