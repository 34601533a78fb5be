package harness

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// Together returns the URL of a proxy in front of the service at target for one test. Requests whose path or body has text in it wait
// for each other until n of them have come; all others, and later ones, pass.
func Together(t testing.TB, target, text string, n int) (url string) {
	t.Helper()
	var came atomic.Int64
	all := make(chan struct{})
	return Intercept(t, target, func(w http.ResponseWriter, r *http.Request, request string, forward http.Handler) {
		if strings.Contains(request, text) {
			if came.Add(1) == int64(n) {
				close(all)
			}
			select {
			case <-all:
			case <-r.Context().Done():
				return
			}
		}
		forward.ServeHTTP(w, r)
	})
}
