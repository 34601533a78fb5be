package retry

import (
	"errors"
	"fmt"
	"time"
)

// Operation is all attempts that were made for one request.
type Operation struct {
	// Key is the idempotency key of the first attempt.
	Key string
	// Attempts is never empty, unless the request could not be built.
	Attempts []Attempt
	// Err is nil when an answer came that is not temporary, whatever its status;
	// an *ExhaustedError when the policy gave up; else why it was not sent or
	// what ended it (context.Cause).
	Err error
}

// Last is the attempt that decided, the zero Attempt when none was made.
func (o Operation) Last() Attempt {
	if len(o.Attempts) == 0 {
		return Attempt{}
	}
	return o.Attempts[len(o.Attempts)-1]
}

// Service is the time spent in attempts, Waited the time between them.
func (o Operation) Service() (d time.Duration) {
	for _, a := range o.Attempts {
		d += a.Latency
	}
	return d
}

// Waited is the time spent in waiting between attempts.
func (o Operation) Waited() (d time.Duration) {
	for _, a := range o.Attempts {
		d += a.Wait
	}
	return d
}

// ErrExhausted is what every *ExhaustedError is.
var ErrExhausted = errors.New("gave up retrying")

// Why a policy gave up.
const (
	ByAttempts = "MaxAttempts reached"
	ByDeadline = "Deadline would be passed"
	ByBudget   = "retry budget spent"
)

// ExhaustedError says that the last attempt failed in a temporary way and the
// policy allowed no further one.
type ExhaustedError struct {
	// Why is ByAttempts, ByDeadline or ByBudget.
	Why string
	// Attempts is how many were made, Last the last of them: its answer, or its
	// error.
	Attempts int
	Last     Attempt
}

// Error says how many attempts were made, why no more, and how the last ended.
func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("gave up after %d attempts (%s): %s", e.Attempts, e.Why, e.Last)
}

// Unwrap is the last attempt's error, nil when it was answered.
func (e *ExhaustedError) Unwrap() error { return e.Last.Err }

// Is makes errors.Is(err, ErrExhausted) true.
func (e *ExhaustedError) Is(target error) bool { return target == ErrExhausted }
