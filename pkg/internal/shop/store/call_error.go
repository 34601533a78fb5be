package store

import (
	"errors"
	"fmt"
)

// CallError is the error of a call to a participant in another process.
type CallError struct {
	Participant string // its name
	Call        string // such as "charge"
	// Status is the HTTP status of the answer, 0 when none came: then the call may have taken
	// effect.
	Status int
	Cause  error
}

// Error names the participant, the call and what came of it.
func (e *CallError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("no answer of %s to %s: %v", e.Participant, e.Call, e.Cause)
	}
	return fmt.Sprintf("%s answered %s with HTTP %d: %v", e.Participant, e.Call, e.Status, e.Cause)
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error { return e.Cause }

// CallStatus returns the HTTP status with which a participant in another process failed a
// call, 0 when no answer came; failed is false for other errors and for nil.
func CallStatus(err error) (status int, failed bool) {
	var e *CallError
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Status, true
}

// Unreachable marks an error as that of a database or a participant that could not be
// reached (IsUnreachable); nil stays nil.
func Unreachable(err error) error {
	if err == nil {
		return nil
	}
	return unreachableError{err}
}
