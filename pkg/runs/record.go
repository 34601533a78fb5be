package runs

// Record is an operation with its attempts, in the order of their numbers.
type Record struct {
	Operation Operation
	Attempts  []Attempt
}
