package harness

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what is sent and answered to testdata/exchanges.txt")

// Transcript sends requests to one service and notes them with their answers. Make one with NewTranscript. It is for one goroutine.
type Transcript struct {
	t    testing.TB
	base string
	text strings.Builder
}

// NewTranscript returns a transcript of what a test exchanges with the service at base. When TestPurchase has passed with -update, it
// is written to testdata/exchanges.txt.
func NewTranscript(t testing.TB, base string) *Transcript {
	c := &Transcript{t: t, base: base}
	t.Cleanup(func() {
		if *update && !t.Failed() && t.Name() == "TestPurchase" {
			c.write()
		}
	})
	return c
}

// Send sends one HTTP request under a title and returns its answer; one that is not answered within a minute fails the test. Each of
// header is "Name: value". It follows no redirect and keeps no cookies.
func (c *Transcript) Send(title, method, path, body string, header ...string) Answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	client := http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.note(title, request, body, response, string(text))
	return Answer{response.StatusCode, response.Header, string(text)}
}

// note adds one exchange to the text. Left out is what says nothing about the service: dates, lengths, security headers of a browser.
func (c *Transcript) note(title string, request *http.Request, body string, response *http.Response, text string) {
	fmt.Fprintf(&c.text, "== %s\n%s %s\n", title, request.Method, request.URL.RequestURI())
	writeHeader(&c.text, request.Header)
	if body != "" {
		fmt.Fprintf(&c.text, "\n%s\n", strings.TrimSpace(body))
	}
	fmt.Fprintf(&c.text, "--\n%s\n", response.Status)
	header := response.Header.Clone()
	for _, name := range []string{"Date", "Content-Length", "Connection", "Keep-Alive", "Cross-Origin-Opener-Policy", "Referrer-Policy",
		"X-Content-Type-Options", "X-Frame-Options", "X-Powered-By", "Vary", "Etag", "Server", "Access-Control-Allow-Credentials"} {
		header.Del(name)
	}
	writeHeader(&c.text, header)
	fmt.Fprintf(&c.text, "\n%s\n\n", strings.TrimSpace(text))
}

func writeHeader(w io.Writer, header http.Header) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
}

func (c *Transcript) write() {
	text := strings.ReplaceAll(c.text.String(), c.base, "http://SERVICE")
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		c.t.Error(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", "exchanges.txt"), []byte(text), 0o644); err != nil {
		c.t.Error(err)
	}
}
