package harness

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"testing"
)

// Intercept returns the URL of a proxy in front of the service at target for one test. Each request is given to handle with its path and
// its body as one text, and with what forwards it. handle is called concurrently.
func Intercept(t testing.TB, target string, handle func(w http.ResponseWriter, r *http.Request, text string, forward http.Handler)) (url string) {
	t.Helper()
	to, err := neturl.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorLog: log.New(io.Discard, "", 0), // a caller that is gone
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		handle(w, r, r.URL.Path+"\n"+string(body), forward)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
