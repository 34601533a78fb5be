package retry

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sagalab/pkg/internal/redact"
)

// credentialWords are in the names of headers with credentials, in small letters.
var credentialWords = []string{"authorization", "cookie", "api-key", "apikey", "access-token", "auth-token", "secret", "password"}

// IsCredential reports whether the value of a header is a secret, by its name, such as that of
// Authorization, Cookie or X-Api-Key.
func IsCredential(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(credentialWords, func(word string) bool { return strings.Contains(name, word) })
}

// maxCredentials is how many values of headers of requests are remembered as secrets: each new
// one makes a redact.Redactor, which takes time by the square of their number. maxNames is how
// many names of headers are.
const (
	maxCredentials = 16
	maxNames       = 64
)

// secrets removes from all that is recorded what a Client sends in secret: what its Config
// has, and the first maxCredentials values of headers with credentials that requests had. It
// is safe for concurrent use.
type secrets struct {
	redactor atomic.Pointer[redact.Redactor]

	mu      sync.RWMutex
	list    redact.Secrets
	learned map[string]bool
	names   map[string]bool // of headers: what IsCredential says of the first maxNames
}

// newSecrets returns the secrets of c, and those that others have learned, which may be nil.
func newSecrets(c Config, others *secrets) *secrets {
	s := &secrets{list: secretsOf(c), learned: map[string]bool{}, names: map[string]bool{}}
	if others != nil {
		others.mu.RLock()
		defer others.mu.RUnlock()
		for value := range others.learned {
			s.add(value)
		}
	}
	s.redactor.Store(redact.New(s.list))
	return s
}

func (s *secrets) add(value string) {
	s.learned[value] = true
	s.list.AddCredentials(value)
}

// sent notes the credentials among the headers of a request, before it is sent.
func (s *secrets) sent(list []Header) {
	for i := range list {
		if h := &list[i]; h.Name != keyHeader && s.isCredential(h.Name) {
			s.learn(h.Value)
		}
	}
}

// isCredential is IsCredential, which takes longer than remembering what it said.
func (s *secrets) isCredential(name string) bool {
	s.mu.RLock()
	is, known := s.names[name]
	s.mu.RUnlock()
	if known {
		return is
	}
	is = IsCredential(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.names) < maxNames {
		s.names[name] = is
	}
	return is
}

// learn adds a value unless it is known, or there are too many.
func (s *secrets) learn(value string) {
	s.mu.RLock()
	known := s.learned[value] || len(s.learned) >= maxCredentials
	s.mu.RUnlock()
	if known {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.learned[value] && len(s.learned) < maxCredentials {
		s.add(value)
		s.redactor.Store(redact.New(s.list))
	}
}

// text returns a text without secrets.
func (s *secrets) text(text string) string { return s.redactor.Load().String(text) }
