package harness

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestTogether(t *testing.T) {
	var arranged, paidEarly atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/arrange" {
			arranged.Add(1)
		} else if arranged.Load() < 3 {
			paidEarly.Add(1)
		}
	}))
	defer service.Close()
	url := Together(t, service.URL, "/pay", 3)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for _, path := range []string{"/arrange", "/pay", "/pay"} {
				response, err := http.Post(url+path, "text/plain", strings.NewReader(""))
				if err != nil {
					t.Error(err)
					return
				}
				response.Body.Close()
			}
		})
	}
	all.Wait()
	if arranged.Load() != 3 || paidEarly.Load() != 0 {
		t.Errorf("%d arranged, %d paid before all were; want 3 and 0", arranged.Load(), paidEarly.Load())
	}
}
