package nb

import (
	"fmt"
	"strings"

	"sagalab/pkg/runs"
)

// Verdicts says how many metrics of a comparison are better, worse, not shown to
// differ, or have too few samples.
func Verdicts(c runs.Comparison) { printf("%s\n", verdictsText(c)) }

func verdictsText(c runs.Comparison) string {
	counts := map[runs.Verdict]int{}
	for _, change := range c.Changes {
		counts[change.Verdict]++
	}
	var words []string
	for _, v := range []runs.Verdict{runs.Better, runs.Worse, runs.NoDifference, runs.TooFew} {
		words = append(words, fmt.Sprintf("%s %d", v, counts[v]))
	}
	return fmt.Sprintf("Of %d metrics: %s", len(c.Changes), strings.Join(words, ", "))
}
