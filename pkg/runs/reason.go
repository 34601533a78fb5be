package runs

import "fmt"

// Reason is why operations of a stage were no success, with how many and what
// the first of them said.
type Reason struct {
	Name    string
	Count   int
	Example string
}

// String is the line that stands below a stage.
func (r Reason) String() string {
	return fmt.Sprintf("%d × %s, such as: %s", r.Count, r.Name, r.Example)
}

// Reasons counts why operations were no success, the most frequent first.
func Reasons(s Stage) []Reason { return tallied(s).reasons() }
