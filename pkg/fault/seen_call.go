package fault

import "time"

// SeenCall is a call that came by a CallProxy.
type SeenCall struct {
	Call
	// Fault is what was done to it, "" when it passed.
	Fault Kind `json:"fault,omitempty"`
	// Began and Ended bound the time in which it was under way; Ended is zero while it is.
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended,omitzero"`
	// Status is what was answered, also when the reply was lost on purpose: 0 when the request
	// was not forwarded, or not answered.
	Status int `json:"status,omitempty"`
	// Failed: the target gave no reply by itself.
	Failed bool `json:"failed,omitempty"`
}

// CallTimes are times of an execution.
type CallTimes struct {
	// Hang is how long a reply that hangs is held back until the connection is closed, 0 for
	// MaxDelay; longer than the timeout of the one who waits for it.
	Hang time.Duration
	// Duplicate is how long after the first delivery the second one starts.
	Duplicate time.Duration
	// Kill kills the target of the proxy and starts it again, for the fault Kill: once the
	// request has been answered, whose reply is lost. nil lets such a call pass.
	Kill func()
}
