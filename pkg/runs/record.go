package runs

// Record is an operation with its attempts.
type Record struct {
	Operation Operation
	Attempts  []Attempt
}
