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

func (l *Transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *Transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Until waits until the transcript contains a text.
func (l *Transcript) Until(t *testing.T, text string) {
	t.Helper()
	l.UntilAny(t, regexp.MustCompile(regexp.QuoteMeta(text)), func([]string) bool { return true })
}

// UntilAny waits for a match of a pattern for which enough is true.
func (l *Transcript) UntilAny(t *testing.T, pattern *regexp.Regexp, enough func(match []string) bool) {
	t.Helper()
	for began := time.Now(); !slices.ContainsFunc(pattern.FindAllStringSubmatch(l.String(), -1), enough); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > Patience {
			t.Fatalf("%s is not said, or not enough of it:\n%s", pattern, l)
		}
	}
}
