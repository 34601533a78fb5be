package frame

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/spelling"
)

// mostNearest is how many names the error of a misspelt column proposes.
const mostNearest = 3

// missingColumn returns the error of a name that is not among names. It proposes the
// nearest names, or lists all of them when none is near.
func missingColumn(name string, names []string) error {
	if near := nearest(name, names); len(near) > 0 {
		return fmt.Errorf("the frame has no column %q: did you mean %s?", name, strings.Join(near, ", "))
	}
	return fmt.Errorf("the frame has no column %q: its columns are %s", name, strings.Join(names, ", "))
}

// nearest returns the names that a misspelt one may stand for, the likeliest first: those
// that contain it or are contained in it, and those that a few letters make equal to it.
func nearest(name string, names []string) (near []string) {
	far := map[string]int{}
	lower := strings.ToLower(strings.TrimSpace(name))
	for _, n := range names {
		d := spelling.Distance(lower, strings.ToLower(n))
		if len(lower) >= 3 && (strings.Contains(n, lower) || strings.Contains(lower, n)) {
			d = min(d, 1)
		}
		if far[n] = d; d <= max(2, len(lower)/3) && d < len(n) {
			near = append(near, n)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	return near[:min(len(near), mostNearest)]
}
