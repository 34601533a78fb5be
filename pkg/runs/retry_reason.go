package runs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sagalab/pkg/internal/printable"
)

// RetryReason is why attempts were followed by another one at the same purchase, or at the same
// step of it. Name is the Attempt.Reason of those that were, Count how many there are.
type RetryReason struct {
	Name  string `json:"reason"`
	Count int    `json:"count"`
}

// retryColumns are what RetryReasons looks at.
var retryColumns = []string{"index", "number", "kind", "step", "status", "class", "reason"}

// RetryReasons counts why attempts of a stage were retried, the most frequent reason first, nil
// without retries. Its memory does not grow with the stage. It panics as EachAttempt does.
func RetryReasons(s Stage) []RetryReason {
	counts := map[string]int{}
	var last Attempt // the attempt before
	for a := range s.EachAttempt(retryColumns...) {
		if !a.IsAttempt() || a.Kind == Again {
			continue
		}
		if a.Index == last.Index && a.Step == last.Step && last.Number > 0 && !a.IsFirst() {
			counts[last.endedBy()]++
		}
		last = *a
	}
	var list []RetryReason
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, RetryReason{name, counts[name]})
	}
	slices.SortStableFunc(list, func(a, b RetryReason) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// endedBy returns the reason of an attempt, and for one without how it ended.
func (a *Attempt) endedBy() string {
	return cmp.Or(a.Reason, a.Class, fmt.Sprintf("http_%d", a.Status))
}

// maxRetryReasons is how many reasons RetryLine names.
const maxRetryReasons = 6

// RetryLine returns "17 retries: 9 http_500, 6 eof, 2 http_401" in one line, "" without any. The
// retries of the reasons after the sixth are counted together.
func RetryLine(reasons []RetryReason) string {
	sum, others, parts := 0, 0, []string{}
	for i, r := range reasons {
		if sum += r.Count; i >= maxRetryReasons {
			others += r.Count
			continue
		}
		parts = append(parts, fmt.Sprintf("%d %s", r.Count, printable.Line(r.Name)))
	}
	if others > 0 {
		parts = append(parts, fmt.Sprintf("%d for %d other reasons", others, len(reasons)-maxRetryReasons))
	}
	what := "retries"
	switch sum {
	case 0:
		return ""
	case 1:
		what = "retry"
	}
	return fmt.Sprintf("%d %s: %s", sum, what, strings.Join(parts, ", "))
}
