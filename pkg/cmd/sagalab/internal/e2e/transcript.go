package e2e

import (
	"bytes"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
)

// Transcript collects text. Safe for concurrent use. The zero value is empty.
type Transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (tr *Transcript) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.Write(b)
}

func (tr *Transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String()
}

// Until waits until the transcript contains a text.
func (tr *Transcript) Until(t *testing.T, text string) {
	t.Helper()
	tr.UntilAny(t, regexp.MustCompile(regexp.QuoteMeta(text)), func([]string) bool { return true })
}

// UntilAny waits for a match of a pattern for which enough is true.
func (tr *Transcript) UntilAny(t *testing.T, pattern *regexp.Regexp, enough func(match []string) bool) {
	t.Helper()
	for began := time.Now(); !slices.ContainsFunc(pattern.FindAllStringSubmatch(tr.String(), -1), enough); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > Patience {
			t.Fatalf("%s is not said, or not enough of it:\n%s", pattern, tr)
		}
	}
}
