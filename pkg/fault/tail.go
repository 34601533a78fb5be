package fault

import (
	"strings"
	"sync"
)

// maxTail is how much of a service's output is kept, in bytes.
const maxTail = 8 << 10

// tail keeps the end of what is written to it. The zero value is ready, and safe
// for concurrent use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	p = p[max(0, n-maxTail):]
	if over := len(t.text) + len(p) - maxTail; over > 0 {
		t.text = t.text[:copy(t.text, t.text[over:])]
	}
	t.text = append(t.text, p...)
	return n, nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.text), "")
}
