package runs

import (
	"math"
	"strconv"

	"sagalab/pkg/load"
)

// FormatBetween returns a figure that lies between two bounds: "1000 ± 200", with one digit of
// what is not known, two when the first one is 1, and none beyond it, so that it covers both
// bounds; as load.FormatNumber where they are equal, or one is not finite.
func FormatBetween(low, high float64) string {
	place, ok := placeBetween(low, high)
	if !ok {
		return load.FormatNumber(high)
	}
	half, unit := (high-low)/2, math.Pow10(place)
	middle := math.Round((low+half)/unit) * unit
	beyond := max(high-middle, middle-low)
	around := math.Ceil(beyond/unit-1e-9) * unit
	decimals := max(0, -place)
	return strconv.FormatFloat(middle, 'f', decimals, 64) + " ± " + strconv.FormatFloat(around, 'f', decimals, 64)
}

// RoundBetween returns high with the digits that FormatBetween writes of a figure between low
// and high, as load.RoundForDisplay does where it writes no ±.
func RoundBetween(low, high float64) float64 {
	place, ok := placeBetween(low, high)
	if !ok {
		return load.RoundForDisplay(high)
	}
	if place < 0 { // a division leaves no digits behind the last one
		return math.Round(high*math.Pow10(-place)) / math.Pow10(-place)
	}
	return math.Round(high/math.Pow10(place)) * math.Pow10(place)
}

// placeBetween returns the power of ten of the last digit that FormatBetween writes of a figure
// between two bounds; false when it has no digit in the figure as it is displayed.
func placeBetween(low, high float64) (place int, ok bool) {
	half := (high - low) / 2
	if !(half > 0) || math.IsInf(half, 1) || load.FormatNumber(high) == load.FormatNumber(low) {
		return 0, false
	}
	return int(math.Floor(math.Log10(half/2) + 1e-9)), true
}
