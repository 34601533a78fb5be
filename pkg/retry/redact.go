package retry

import (
	"bytes"
	"net/http"
)

// redact replaces the values of secret headers that recorded answers echo by
// "[secret]".
func redact(attempts []Attempt, header http.Header) {
	for name, values := range header {
		if !secretHeader(name) {
			continue
		}
		for _, v := range values {
			for i := range attempts {
				if len(v) > 0 && bytes.Contains(attempts[i].Body, []byte(v)) {
					attempts[i].Body = bytes.ReplaceAll(attempts[i].Body, []byte(v), []byte("[secret]"))
				}
			}
		}
	}
}

// secretHeader reports whether the value of a header may be a secret: of all but a
// few it may.
func secretHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Accept", "User-Agent", "Content-Type", "Accept-Language", "Lab-Run":
		return false
	}
	return true
}
