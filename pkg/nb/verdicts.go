package nb

import (
	"fmt"
	"strings"

	"sagalab/pkg/compare"
)

// Verdicts says how many metrics of a comparison are better, worse, not shown to
// differ, or have too few samples.
func Verdicts(c compare.Comparison) { say("%s\n", verdictsOf(c)) }

func verdictsOf(c compare.Comparison) string {
	counts := map[compare.Verdict]int{}
	for _, change := range c.Changes {
		counts[change.Verdict]++
	}
	var words []string
	for _, v := range []compare.Verdict{compare.Better, compare.Worse, compare.NoDifference, compare.TooFew} {
		words = append(words, fmt.Sprintf("%s %d", v, counts[v]))
	}
	return fmt.Sprintf("Of %d metrics: %s", len(c.Changes), strings.Join(words, ", "))
}
