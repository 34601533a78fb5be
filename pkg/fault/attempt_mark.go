package fault

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// AttemptHeader is the name of the header by which a client tells a Proxy that a request is
// an attempt at a purchase, whatever its method, path and body. Its value is the String of an
// AttemptMark. The Proxy removes it: no service sees it.
const AttemptHeader = "Lab-Attempt"

// AttemptMark says which attempt at a purchase a request is. The zero value is no mark.
type AttemptMark struct {
	// Key is the idempotency key of the attempt, "" for a purchase without one. The service
	// may get it elsewhere, in another form, or not at all.
	Key string
	// Number counts the attempts at the purchase from 1.
	Number int
}

// String returns the value of AttemptHeader: the key, percent-encoded, a semicolon, and the
// number.
func (m AttemptMark) String() string {
	return url.PathEscape(m.Key) + ";" + strconv.Itoa(m.Number) // which escapes semicolons, too
}

// MarkOf returns the mark in a request's header. marked is false when there is none that can
// be read.
func MarkOf(header http.Header) (m AttemptMark, marked bool) {
	escaped, number, _ := strings.Cut(header.Get(AttemptHeader), ";")
	key, err := url.PathUnescape(escaped)
	if err != nil {
		return AttemptMark{}, false
	}
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil || n == 0 {
		return AttemptMark{}, false
	}
	return AttemptMark{Key: key, Number: int(n)}, true
}
