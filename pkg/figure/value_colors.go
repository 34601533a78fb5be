package figure

import (
	"cmp"
	"image/color"
	"slices"
	"strconv"

	"sagalab/pkg/runs"
)

// outcomePlaces are the places in the palette of outcomes and of success, the same as of attempts
// in Counterexample.
var outcomePlaces = map[string]int{"ok": 1, "true": 1, "failed": 0, "false": 0, "unknown": 5}

// outcomeRank orders outcomes before other values: ok, failed, unknown.
func outcomeRank(value string) int {
	return slices.Index([]string{"ok", "true", "failed", "false", "unknown", value}, value)
}

// valueColors returns the colour of each value of a column, different ones for up to as many as
// the palette has. It depends on the set of values and not on their order: outcomes and
// well-known stages always have the same colours, others take those that are free, in sorted
// order.
func valueColors(values []string) []color.NRGBA {
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, compareValues)
	of := sortedColors(sorted)
	colors := make([]color.NRGBA, len(values))
	for i, v := range values {
		colors[i] = of[slices.Index(sorted, v)]
	}
	return colors
}

func sortedColors(values []string) []color.NRGBA {
	var stages []runs.Stage
	for _, v := range values {
		stages = append(stages, runs.Stage{}.Named(v))
	}
	if slices.ContainsFunc(wellKnown, func(name string) bool { return slices.Contains(values, name) }) {
		return stageColors(stages)
	}
	free := slices.DeleteFunc(slices.Clone(cdfColors), func(place int) bool {
		return slices.ContainsFunc(values, func(v string) bool { p, known := outcomePlaces[v]; return known && p == place })
	})
	colors := make([]color.NRGBA, len(values))
	next := 0
	for i, v := range values {
		place, known := outcomePlaces[v]
		if !known {
			place = free[next%len(free)]
			next++
		}
		colors[i] = palette[place]
	}
	return colors
}

// compareValues orders numbers by their value, before texts.
func compareValues(a, b string) int {
	x, aErr := strconv.ParseFloat(a, 64)
	y, bErr := strconv.ParseFloat(b, 64)
	switch {
	case aErr == nil && bErr == nil && x != y:
		return cmp.Compare(x, y)
	case aErr == nil && bErr != nil:
		return -1
	case aErr != nil && bErr == nil:
		return 1
	}
	return cmp.Compare(a, b)
}
