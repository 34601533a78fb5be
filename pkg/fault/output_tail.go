package fault

import (
	"strings"
	"sync"
)

// maxOutput is how much of a service's output is kept, in bytes.
const maxOutput = 8 << 10

// outputTail keeps the end of what is written to it. The zero value is ready, and safe
// for concurrent use.
type outputTail struct {
	mu   sync.Mutex
	text []byte
}

// Write appends p and drops what is beyond maxOutput bytes.
func (t *outputTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	p = p[max(0, n-maxOutput):]
	if over := len(t.text) + len(p) - maxOutput; over > 0 {
		t.text = t.text[:copy(t.text, t.text[over:])]
	}
	t.text = append(t.text, p...)
	return n, nil
}

// String returns what is kept, without invalid UTF-8.
func (t *outputTail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.text), "")
}
