package runs

import "fmt"

// Reason is why operations of a stage failed. Name is their Operation.Reason, Count
// how many there are, Example the message of the first.
type Reason struct {
	Name    string
	Count   int
	Example string
}

// String returns the line that is printed below a stage.
func (r Reason) String() string {
	return fmt.Sprintf("%d × %s, such as: %s", r.Count, r.Name, r.Example)
}

// Reasons counts why operations of a stage failed, the most frequent reason first.
func Reasons(s Stage) []Reason { return tallyStage(s).reasons() }
