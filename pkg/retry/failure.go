package retry

import "net/http"

// Failure is how an attempt failed, as far as policies wait or pay differently after it.
type Failure uint8

// The failures.
const (
	Transient Failure = iota // any other
	TimedOut                 // no answer within Policy.AttemptTimeout
	Throttled                // an answer of 429
)

// FailureOf returns how an attempt failed that ended with this class and status, as they are
// recorded: "" and 0 where there is none. It does not say whether it failed.
func FailureOf(class Class, status int) Failure {
	switch {
	case class == Timeout:
		return TimedOut
	case class == "" && status == http.StatusTooManyRequests:
		return Throttled
	}
	return Transient
}

// String returns "transient", "timed out" or "throttled".
func (f Failure) String() string {
	switch f {
	case TimedOut:
		return "timed out"
	case Throttled:
		return "throttled"
	}
	return "transient"
}
