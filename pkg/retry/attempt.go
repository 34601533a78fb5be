package retry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"sagalab/pkg/internal/oserr"
)

// Class says why no answer came, in a word; "" when one came.
type Class string

// The error classes.
const (
	Timeout     Class = "timeout"     // AttemptTimeout ran out
	Deadline    Class = "deadline"    // Policy.Deadline ran out
	Interrupted Class = "interrupted" // the caller's context ended
	Refused     Class = "refused"     // nobody listens there
	Reset       Class = "reset"       // the connection was reset
	EOF         Class = "eof"         // closed without an answer, or in the middle of one
	DNS         Class = "dns"         // the name does not resolve
	TLS         Class = "tls"         // the handshake or the certificate failed
	TooLarge    Class = "too_large"   // the answer is larger than the client reads
	FDLimit     Class = "fd_limit"    // this process may open no more files (ulimit -n)
	Ports       Class = "ports"       // this machine has no free local port left
	Transport   Class = "transport"   // anything else
)

// errTooLarge ends the reading of an answer beyond Config.BodyLimit.
var errTooLarge = errors.New("answer is too large")

// Attempt is one request that was sent, or that could not be.
type Attempt struct {
	// Number counts from 1.
	Number int
	// Key is the idempotency key that it carried.
	Key   string
	Start time.Time
	// PlannedWait is what the policy asked for before it, Wait what passed since
	// the last attempt ended; both 0 for the first.
	PlannedWait, Wait time.Duration
	// Latency runs to the end of the answer's body, or to the error.
	Latency time.Duration
	// Sent is false when there was no connection, so that no byte of the request
	// can have reached the server.
	Sent bool
	// Status is 0 when no answer came.
	Status int
	Class  Class
	Err    error
	// Body is the answer's, at most Config.BodyLimit bytes; Type its media type.
	Body []byte
	Type string
	// Replayed is true when the answer's Idempotent-Replayed header says so.
	Replayed bool
}

// OK reports whether the attempt was answered with 2xx.
func (a Attempt) OK() bool { return a.Class == "" && a.Status >= 200 && a.Status < 300 }

// Temporary is the default rule for trying again: 5xx, timeouts and connection
// errors are temporary; 4xx never is, nor is what the caller ended.
func Temporary(a Attempt) bool {
	switch a.Class {
	case "":
		return a.Status >= 500 && a.Status <= 599
	case Interrupted, Deadline, TooLarge:
		return false
	}
	return true
}

// String says in a sentence how the attempt ended.
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
		return "connection refused: nobody listens there"
	case Reset:
		return "connection reset by the server"
	case EOF:
		return "remote end closed connection without response"
	case TooLarge:
		return fmt.Sprintf("HTTP %d with an answer that is too large", a.Status)
	case FDLimit:
		return "this process may open no more files: raise `ulimit -n` or use fewer workers"
	case Ports:
		return "no free local port left: use fewer connections (net.ipv4.ip_local_port_range)"
	case TLS:
		return a.Err.Error() + tlsAdvice(a.Err)
	}
	return a.Err.Error()
}

// classify names err, which ended an attempt whose context was attempt, of an
// operation whose context was operation.
func classify(err error, operation, attempt context.Context) Class {
	var dns *net.DNSError
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var alert tls.AlertError
	switch {
	case errors.Is(context.Cause(operation), errDeadline):
		return Deadline
	case operation.Err() != nil:
		return Interrupted
	case attempt.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.Is(err, errTooLarge):
		return TooLarge
	case errors.As(err, &dns):
		return DNS
	case errors.As(err, &record), errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &alert), refusedByPeer(err):
		return TLS
	case oserr.ConnectionRefused(err):
		return Refused
	case oserr.ConnectionReset(err):
		return Reset
	case oserr.TooManyFiles(err):
		return FDLimit
	case oserr.NoLocalPort(err):
		return Ports
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server closed idle connection"): // net/http exports no error for it
		return EOF
	}
	return Transport
}
