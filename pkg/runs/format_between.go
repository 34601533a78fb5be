package runs

import (
	"math"
	"strconv"

	"sagalab/pkg/load"
)

// FormatBetween returns a figure that lies between two bounds: "318–729", with the digits that
// tell the bounds apart, rounded so that they cover both; as load.FormatNumber where they are
// equal as it writes them, or one is not finite.
func FormatBetween(low, high float64) string {
	decimals, ok := decimalsBetween(low, high)
	if !ok {
		return load.FormatNumber(high)
	}
	unit := math.Pow10(decimals)
	below := math.Floor(low*unit+1e-6) / unit
	return strconv.FormatFloat(below, 'f', decimals, 64) + "–" + strconv.FormatFloat(RoundBetween(low, high), 'f', decimals, 64)
}

// RoundBetween returns high as FormatBetween writes it, and as load.RoundForDisplay does where it
// writes one number.
func RoundBetween(low, high float64) float64 {
	decimals, ok := decimalsBetween(low, high)
	if !ok {
		return load.RoundForDisplay(high)
	}
	unit := math.Pow10(decimals)
	return math.Ceil(high*unit-1e-6) / unit
}

// decimalsBetween returns with how many decimals FormatBetween writes two bounds; false when it
// writes one number.
func decimalsBetween(low, high float64) (decimals int, ok bool) {
	half := (high - low) / 2
	if !(half > 0) || math.IsInf(half, 1) || load.FormatNumber(high) == load.FormatNumber(low) {
		return 0, false
	}
	return max(0, -int(math.Floor(math.Log10(half/2)+1e-9))), true
}
