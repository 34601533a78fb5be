package load

import (
	"errors"
	"math"
	"strconv"
	"testing"
)

func TestDigits(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{
		{0, "0"}, {272.46, "272.5"}, {272.5, "272.5"}, {40, "40.0"}, {1234.56, "1234.6"}, {12.25, "12.3"}, {9.995, "9.99"}, {9.999, "10.0"}, {8.25, "8.25"}, {5, "5.00"},
		{1, "1.00"}, {.1, "0.100"}, {.031, "0.0310"}, {-12.36, "-12.4"}, {-.5, "-0.500"}, {1e300, "1e+300"}, {1e-9, "1e-09"}, {math.NaN(), "–"}, {math.Inf(1), "∞"}, {math.Inf(-1), "-∞"},
	} {
		if got := FormatNumber(c.v); got != c.want {
			t.Errorf("Digits(%v) = %q, want %q", c.v, got, c.want)
		}
	}
}

// FuzzDigits: what is written is what RoundForDisplay says, and rounding twice changes nothing.
func FuzzDigits(f *testing.F) {
	for _, v := range []float64{0, 1, 9.9951, 12.25, 999.95, 1e-7, 1e17, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
		rounded := RoundForDisplay(v)
		shown, err := strconv.ParseFloat(FormatNumber(v), 64)
		if errors.Is(err, strconv.ErrRange) { // three digits of the largest float are more than it
			return
		}
		if err != nil || FormatNumber(rounded) != FormatNumber(v) || math.Abs(shown-rounded) > .005*math.Abs(rounded) || math.Abs(v) < 1e15 && math.Abs(v) > 1e-6 && shown != rounded {
			t.Errorf("Digits(%v) = %q (%v), Rounded = %v", v, FormatNumber(v), err, rounded)
		}
	})
}
