// Package traceid calculates the ids of traces and spans from what is recorded of a stage, so
// that the ids that are sent with its requests and those of an export of the run are the same
// without being recorded. The formats are those of W3C Trace Context
// (https://www.w3.org/TR/trace-context/, 3.2.2).
package traceid

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// A TraceID is the trace-id of an operation, a SpanID the parent-id of one of its spans. Neither
// is all zero, which would not be valid.
type (
	TraceID [16]byte
	SpanID  [8]byte
)

// Stage identifies one execution of a stage.
type Stage struct {
	// Load is the id of the run, or the id of the load in a fleet that sent it, whose workers
	// have no run.
	Load string
	// Name is the stage's, Seed that of its execution: a stage that is executed again in a run
	// has another one, unless one was given.
	Name string
	Seed uint64
}

// Trace returns the id of the trace of an operation, by its index in the stage: the first 16
// bytes of a SHA-256 of them all.
func (s Stage) Trace(index int64) TraceID {
	const head = "sagalab trace 1"
	b := make([]byte, 0, 128)
	b = append(b, head...)
	for _, text := range []string{s.Load, s.Name} { // with their lengths: "a", "bc" is not "ab", "c"
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	b = binary.BigEndian.AppendUint64(b, s.Seed)
	b = binary.BigEndian.AppendUint64(b, uint64(index))
	sum := sha256.Sum256(b)
	id := TraceID(sum[:16])
	if id == (TraceID{}) {
		id[15] = 1
	}
	return id
}

// Operation returns the id of the span of the whole operation, which has no parent.
func (t TraceID) Operation() SpanID { return t.span(0) }

// Request returns the id of the span of one request of the operation. number counts all that were
// sent for it, attempts, polls and logins, from 1 in the order in which they were sent.
func (t TraceID) Request(number int) SpanID { return t.span(uint64(number)) }

// span returns the first 8 bytes of a SHA-256 of the trace and a number.
func (t TraceID) span(number uint64) SpanID {
	var b [24]byte
	copy(b[:], t[:])
	binary.BigEndian.PutUint64(b[16:], number)
	sum := sha256.Sum256(b[:])
	id := SpanID(sum[:8])
	if id == (SpanID{}) {
		id[7] = 1
	}
	return id
}

// Header is the name of the header that carries both ids.
const Header = "traceparent"

// Traceparent returns the value of the header for the request whose span it names: version 00,
// with the flag that the trace is sampled, without which services would not keep their spans.
func Traceparent(t TraceID, s SpanID) string {
	b := make([]byte, 0, 55)
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, t[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, s[:])
	return string(append(b, "-01"...))
}
