package observe

import (
	"errors"
	"net/http"

	"sagalab/pkg/purchase"
)

// isNotOffered reports whether an error says that the service does not have a call: its
// adapter does not read it (purchase.ErrNotRead), which sends nothing, or the answer was 404,
// 405 or 501.
func isNotOffered(err error) bool {
	return errors.Is(err, purchase.ErrNotRead) ||
		IsStatus(err, http.StatusNotFound) || IsStatus(err, http.StatusMethodNotAllowed) || IsStatus(err, http.StatusNotImplemented)
}

// allNotOffered reports whether every error says that the service does not have the
// call.
func allNotOffered(failed []error) bool {
	for _, err := range failed {
		if !isNotOffered(err) {
			return false
		}
	}
	return true
}

// IsStatus reports whether an error of a read is that of an answer with an HTTP status.
func IsStatus(err error, status int) bool {
	var p purchase.Problem
	var s purchase.StatusError
	return errors.As(err, &p) && p.Status == status || errors.As(err, &s) && int(s) == status
}
