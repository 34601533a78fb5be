package retry

import (
	"errors"
	"fmt"
)

// ErrExhausted is what every *ExhaustedError is, for errors.Is.
var ErrExhausted = errors.New("gave up retrying")

// Why a policy gave up.
const (
	ByAttempts = "MaxAttempts reached"
	ByDeadline = "Deadline would be passed"
	ByBudget   = "retry budget spent"
	ByService  = "the service asked for no other attempt" // Policy.Pushback
)

// ExhaustedError reports that the last attempt failed in a temporary way, or was
// answered that the work is still under way, and the policy allowed no further one.
type ExhaustedError struct {
	// Why is ByAttempts, ByDeadline, ByBudget or ByService.
	Why string
	// Attempts is how many were made, Last the last of them: its answer, or its
	// error.
	Attempts int
	Last     Attempt
}

// Error returns how many attempts were made, why no more, and how the last ended.
func (e *ExhaustedError) Error() string {
	attempts := "attempts"
	if e.Attempts == 1 {
		attempts = "attempt"
	}
	return fmt.Sprintf("gave up after %d %s (%s): %s", e.Attempts, attempts, e.Why, e.Last)
}

// Unwrap returns the last attempt's error, nil when it was answered.
func (e *ExhaustedError) Unwrap() error { return e.Last.Err }

// Is makes errors.Is(err, ErrExhausted) true.
func (e *ExhaustedError) Is(target error) bool { return target == ErrExhausted }
