package load

import (
	"math"
	"sort"
)

// Quantile returns the q-quantile, 0 ≤ q ≤ 1, of values that are sorted ascending:
// the nearest-rank definition, so that every answer is a value that was
// measured (Hyndman and Fan 1996, definition 1). NaN when there are no values.
func Quantile(sorted []float64, q float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(q * float64(n)))
	return sorted[min(max(rank, 1), n)-1]
}

// Sorted returns an ascending copy of values without the NaNs.
func Sorted(values []float64) []float64 {
	out := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	sort.Float64s(out)
	return out
}

// SamplesFor returns how many samples a q-quantile needs so that at least ten lie
// beyond it, the rule of thumb for a tail figure that does not rest on a few requests;
// 0 for q = 1, the maximum.
func SamplesFor(q float64) int {
	if q >= 1 {
		return 0
	}
	return int(math.Ceil(10/(1-q) - 1e-9))
}
