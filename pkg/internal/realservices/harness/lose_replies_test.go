package harness

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestLoseReplies(t *testing.T) {
	var seen atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, seen.Add(1)) }))
	defer service.Close()
	url := LoseReplies(t, service.URL, "pay", "step: add")
	for i, c := range []struct {
		path, body string
		answered   bool
	}{
		{"/cart", "step: none", true}, {"/pay", "", false}, {"/pay", "", true}, {"/cart", "step: add", false}, {"/cart", "step: add", true},
	} {
		response, err := http.Post(url+c.path, "text/plain", strings.NewReader(c.body))
		if (err == nil) != c.answered {
			t.Fatalf("request %d, %s %s: %v, want an answer: %v", i+1, c.path, c.body, err, c.answered)
		}
		if err == nil {
			response.Body.Close()
		}
		if n := seen.Load(); n != int32(i+1) {
			t.Errorf("after request %d the service has seen %d", i+1, n)
		}
	}
}
