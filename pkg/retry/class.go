package retry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"

	"sagalab/pkg/internal/oserr"
	"sagalab/pkg/retry/internal/h1"
)

// Class says in a word why no answer came; it is "" when one came.
type Class string

// The error classes.
const (
	Timeout     Class = "timeout"     // AttemptTimeout ran out
	Deadline    Class = "deadline"    // Policy.Deadline ran out
	Interrupted Class = "interrupted" // the caller's context ended
	Refused     Class = "refused"     // no process listens at the address
	Reset       Class = "reset"       // the connection was reset
	EOF         Class = "eof"         // closed without an answer, or in the middle of one
	DNS         Class = "dns"         // the name does not resolve
	TLS         Class = "tls"         // the handshake or the certificate failed
	TooLarge    Class = "too_large"   // the answer is larger than Config.BodyLimit
	FDLimit     Class = "fd_limit"    // this process may open no more files (ulimit -n)
	Ports       Class = "ports"       // this machine has no free local port left
	Transport   Class = "transport"   // anything else
)

// errDeadline is the cause of a context that Policy.Deadline ended.
var errDeadline = errors.New("the operation's deadline ran out")

// errTooLarge ends the reading of an answer beyond Config.BodyLimit.
var errTooLarge = errors.New("answer is too large")

// classify returns the class of err, which ended an attempt whose context was
// attempt, of an operation whose context was operation.
func classify(err error, operation, attempt context.Context) Class {
	var dns *net.DNSError
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
	case isTLS(err):
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

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var alert tls.AlertError
	return errors.As(err, &record) || errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &alert) || h1.RemoteAlert(err)
}

// tlsAdvice returns what to do about an error of TLS, to be appended to it; ""
// when there is nothing to say.
func tlsAdvice(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "; to trust it, give the authority's certificate with --cacert FILE (SAGALAB_CACERT)"
	case errors.As(err, &name):
		return "; call the service by a name that is in its certificate"
	case errors.As(err, &record):
		return "; is this port one for http, not https?"
	case h1.RemoteAlert(err):
		return "; the service refused the handshake: if it asks for a client certificate, give one that it accepts with --cert FILE --key FILE (SAGALAB_CERT, SAGALAB_KEY)"
	}
	return ""
}
