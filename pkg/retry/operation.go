package retry

import "time"

// Operation is all attempts that were made for one request.
type Operation struct {
	// Key is the idempotency key of the first attempt.
	Key string
	// Attempts is never empty, unless the request could not be built.
	Attempts []Attempt
	// Err is nil when an answer came that is not asked again, whatever its status;
	// an *ExhaustedError when the policy gave up; otherwise why it was not sent or
	// what ended it (context.Cause).
	Err error
}

// Last returns the attempt that decided, the zero Attempt when none was made.
func (o Operation) Last() Attempt {
	if len(o.Attempts) == 0 {
		return Attempt{}
	}
	return o.Attempts[len(o.Attempts)-1]
}

// Service returns the time spent in attempts: the sum of their latencies.
func (o Operation) Service() (d time.Duration) {
	for _, a := range o.Attempts {
		d += a.Latency
	}
	return d
}

// Waited returns the time spent in waiting between attempts.
func (o Operation) Waited() (d time.Duration) {
	for _, a := range o.Attempts {
		d += a.Wait
	}
	return d
}
