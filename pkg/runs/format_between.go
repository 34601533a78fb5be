package runs

import (
	"math"
	"strconv"

	"sagalab/pkg/load"
)

// FormatBetween returns a figure that lies between two bounds: "1000 ± 200", with one digit of
// what is not known and none beyond it, so that it covers both bounds; as load.FormatNumber
// where they are equal, or one is not finite.
func FormatBetween(low, high float64) string {
	half := (high - low) / 2
	if !(half > 0) || math.IsInf(half, 1) {
		return load.FormatNumber(high)
	}
	if rounded, known := load.FormatNumber(high), load.FormatNumber(low); rounded == known {
		return rounded // what is not known has no digit in the figure
	}
	place := int(math.Floor(math.Log10(half)))
	unit := math.Pow10(place)
	middle := math.Round((low+half)/unit) * unit
	beyond := max(high-middle, middle-low)
	around := math.Ceil(beyond/unit-1e-9) * unit
	decimals := max(0, -place)
	return strconv.FormatFloat(middle, 'f', decimals, 64) + " ± " + strconv.FormatFloat(around, 'f', decimals, 64)
}
