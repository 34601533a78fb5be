package harness

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Answer is what a service answered to one request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Want fails the test unless the answer has this status.
func (a Answer) Want(t testing.TB, status int) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// Field returns a value of the answer's JSON as text, by the names and indices that lead to it, such as "data.orders.0.code". A path
// that leads nowhere gives "".
func (a Answer) Field(t testing.TB, path string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(a.Body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("not JSON: %v: %s", err, a.Body)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			if i, err := strconv.ParseUint(name, 10, 32); err == nil && i < uint64(len(v)) {
				value = v[i]
			} else {
				value = nil
			}
		default:
			value = nil
		}
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
