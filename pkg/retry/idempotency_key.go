package retry

import (
	"bytes"
	"io"
	"net/http"

	"github.com/google/uuid"
)

// NewKey makes an idempotency key: a UUID of version 7, ordered by time and random
// otherwise.
func NewKey() string { return uuid.Must(uuid.NewV7()).String() }

// attemptKey returns the idempotency key of attempt number of an operation: the
// operation's own, unless every attempt has a new one.
func attemptKey(number int, operationKey string, newPerAttempt bool) string {
	if number > 1 && newPerAttempt {
		return NewKey()
	}
	return operationKey
}

// setKeyAndBody gives req, which belongs to this attempt, the key and a body that
// net/http cannot rewind: it would otherwise send a POST with an Idempotency-Key a
// second time by itself when a reused connection dies, an attempt without a record.
func setKeyAndBody(req *http.Request, key string, body func(key string) []byte) {
	if body == nil {
		return
	}
	b := body(key)
	if key != "" {
		req.Header["Idempotency-Key"] = []string{key} // of a map that resty made for this attempt
	}
	req.ContentLength, req.GetBody = int64(len(b)), nil
	// a type that net/http treats specially: for others it sends the header first,
	// with a system call of its own
	req.Body = io.NopCloser(bytes.NewReader(b))
}
