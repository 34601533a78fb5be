package runs

import (
	"cmp"
	"fmt"
	"slices"
)

// Reason is why operations of a stage were no success, with how many and what
// the first of them said.
type Reason struct {
	Name    string
	Count   int
	Example string
}

// String is the line that the command line prints below a stage.
func (r Reason) String() string {
	return fmt.Sprintf("%d × %s, such as: %s", r.Count, r.Name, r.Example)
}

// Reasons counts why operations were no success, the most frequent first.
func Reasons(s Stage) []Reason {
	var reasons []Reason
	at := map[string]int{}
	for i := range s.Operations {
		op := &s.Operations[i]
		if op.Success {
			continue
		}
		n, known := at[op.Reason]
		if !known {
			n = len(reasons)
			at[op.Reason] = n
			reasons = append(reasons, Reason{Name: op.Reason, Example: op.Message})
		}
		reasons[n].Count++
	}
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Count, a.Count) })
	return reasons
}
