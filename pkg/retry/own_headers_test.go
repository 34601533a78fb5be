package retry

import (
	"strings"
	"testing"
)

// TestHeadersOfTheConnection: what follows from the address and the body is no header of a
// Request; a transport would leave it out without a word.
func TestHeadersOfTheConnection(t *testing.T) {
	for name, ok := range map[string]bool{"Host": false, "host": false, "Content-Length": false, "transfer-encoding": false, "Connection": false, "X-Host": true, "Content-Type": true, "Idempotency-Key": true} {
		err := Get("/x").With(name, "value").Validate()
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
