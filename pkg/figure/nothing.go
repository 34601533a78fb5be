package figure

import (
	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// Nothing is the error of a figure that would be empty. It reports no failure: callers
// print the line instead of an empty picture.
type Nothing struct {
	// Title is the figure's.
	Title string
	// Why says what is missing: "no failures in 1,250 requests".
	Why string
}

// Error is "title: why".
func (n Nothing) Error() string { return language.Text(n.Title) + ": " + language.Text(n.Why) }

// checkNotEmpty returns an error of type Nothing when the stages have no operations.
func checkNotEmpty(title string, stages []runs.Stage) error {
	if len(stages) == 0 {
		return Nothing{title, "no stages recorded yet: run a stage cell"}
	}
	if operations(stages) == 0 {
		return Nothing{title, "no request of these stages has ended yet"}
	}
	return nil
}

func operations(stages []runs.Stage) (n int) {
	for _, s := range stages {
		n += s.OperationCount()
	}
	return n
}
