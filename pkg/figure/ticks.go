package figure

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// formatNumber writes v with its thousands apart: 1,250,000 or 0.25.
func formatNumber(v float64, decimals int) string {
	if math.Abs(v) >= 1e12 || v != 0 && math.Abs(v) < 1e-6 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	if v < 0 {
		whole = "-" + whole
	}
	return whole
}

func formatCount(n int) string { return formatNumber(float64(n), 0) }

// evenTicks marks a linear axis at up to nine round values, at whole ones only
// when whole is true.
func evenTicks(whole bool) plot.TickerFunc {
	return func(low, high float64) []plot.Tick { return evenTicksBetween(low, high, 8, whole) }
}

// evenTicksBetween returns marks at up to steps+1 round values.
func evenTicksBetween(low, high float64, steps int, whole bool) []plot.Tick {
	step := roundUpTo125((high - low) / float64(max(steps, 1)))
	if whole {
		step = max(step, 1)
	}
	if !finite(step) || step <= 0 {
		return nil
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	for k := math.Ceil(low/step - 1e-9); k*step <= high+step*1e-9 && len(ticks) < 20; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: formatNumber(k*step, decimals)})
	}
	return ticks
}

// roundUpTo125 returns the smallest of 1, 2 and 5 times a power of ten that is not below v.
func roundUpTo125(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}

// powerTicks marks an axis of decimal logarithms at the whole multiples of powers
// of ten and labels as many of them as can be read.
func powerTicks(low, high float64) []plot.Tick {
	labelEvery := int(math.Ceil((high - low) / 8)) // labelled decades
	var ticks []plot.Tick
	for e := int(math.Floor(low)); float64(e) <= high && len(ticks) < 400; e++ {
		for m := 1.0; m < 10; m++ {
			at := float64(e) + math.Log10(m)
			if at < low || at > high {
				continue
			}
			tick := plot.Tick{Value: at}
			if m == 1 && e%max(labelEvery, 1) == 0 || high-low < 4 && (m == 2 || m == 5) {
				tick.Label = formatNumber(m*math.Pow10(e), max(0, -e))
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}
