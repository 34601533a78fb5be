package retry

import (
	"fmt"
	"net/http"
	"time"
)

// Attempt is one request that was sent, or that could not be.
type Attempt struct {
	// Number counts from 1.
	Number int
	// Key is the idempotency key that it carried.
	Key   string
	Start time.Time
	// PlannedWait is how long the policy waits before it, Wait how long it was
	// since the last attempt ended; both are 0 for the first.
	PlannedWait, Wait time.Duration
	// Latency runs from Start to the end of the answer's body, or to the error.
	Latency time.Duration
	// Sent is false when there was no connection, so that no byte of the request
	// can have reached the server.
	Sent bool
	// Replayed is true when the answer's Idempotent-Replayed header says so.
	Replayed bool
	// Status is 0 when no answer came.
	Status int
	Class  Class
	Err    error
	// Body is the answer's, at most Config.BodyLimit bytes; Type its media type.
	Body []byte
	Type string
	// Header is the answer's, nil without one. Unlike Body it is as it came: what is taken
	// from it to be recorded goes through Client.Redact. It must not be changed.
	Header http.Header
}

// OK reports whether the attempt was answered with 2xx.
func (a Attempt) OK() bool { return a.Class == "" && a.Status >= 200 && a.Status < 300 }

// Temporary reports whether a failed in a way that may pass: the default of
// Config.Temporary. 5xx, timeouts and connection errors are temporary; 4xx is not,
// nor is what the caller's context, the deadline or Config.BodyLimit ended.
func Temporary(a Attempt) bool {
	switch a.Class {
	case "":
		return a.Status >= 500 && a.Status <= 599
	case Interrupted, Deadline, TooLarge:
		return false
	}
	return true
}

// String describes how the attempt ended, such as "HTTP 503".
func (a Attempt) String() string {
	switch a.Class {
	case "":
		return fmt.Sprintf("HTTP %d", a.Status)
	case Timeout:
		return fmt.Sprintf("no answer within %v", a.Latency.Round(time.Millisecond))
	case Deadline:
		return "the operation's deadline ran out"
	case Interrupted:
		return "interrupted"
	case Refused:
		return "connection refused: no process listens there"
	case Reset:
		return "connection reset by the server"
	case EOF:
		return "remote end closed connection without response"
	case TooLarge:
		return fmt.Sprintf("HTTP %d with an answer that is too large", a.Status)
	case FDLimit:
		return "this process may open no more files: raise `ulimit -n` or use fewer virtual users"
	case Ports:
		return "no free local port left: use fewer connections (net.ipv4.ip_local_port_range)"
	case TLS:
		return a.Err.Error() + tlsAdvice(a.Err)
	}
	return a.Err.Error()
}
