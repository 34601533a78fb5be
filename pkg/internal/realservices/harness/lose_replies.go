package harness

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// LoseReplies returns the URL of a proxy in front of the service at target for one test. For each of texts the reply to the first
// request is lost whose path or body has the text in it: when the service has answered, the connection is closed in place of the answer.
// All other requests pass. The test fails when there was no such request for one of the texts.
func LoseReplies(t testing.TB, target string, texts ...string) (url string) {
	t.Helper()
	losing := &losing{texts: texts}
	t.Cleanup(func() {
		if len(losing.texts) > 0 {
			t.Errorf("no request has one of %q in it, of which the reply was to be lost", losing.texts)
		}
	})
	return Intercept(t, target, func(w http.ResponseWriter, r *http.Request, text string, forward http.Handler) {
		if losing.takes(text) {
			forward.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		forward.ServeHTTP(w, r)
	})
}

// losing are the texts of requests of which the reply is still to be lost.
type losing struct {
	mu    sync.Mutex
	texts []string
}

// takes reports whether the reply to a request is to be lost, and takes its text off the list.
func (l *losing) takes(request string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, text := range l.texts {
		if strings.Contains(request, text) {
			l.texts = append(l.texts[:i:i], l.texts[i+1:]...)
			return true
		}
	}
	return false
}
