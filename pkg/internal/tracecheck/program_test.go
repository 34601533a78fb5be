package tracecheck

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/fault"
)

// program is the built command line, with runs in a directory of their own.
type program struct {
	path, runs string
}

// build builds the program.
func build(t *testing.T) program {
	t.Helper()
	p := program{filepath.Join(t.TempDir(), "sagalab.exe"), t.TempDir()}
	if out, err := exec.Command("go", "-C", "../../..", "build", "-o", p.path, "./pkg/cmd/sagalab").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

// run executes a command of the program, which must end with 0, and returns what it printed.
func (p program) run(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(p.path, args...)
	c.Env = append(os.Environ(), "SAGALAB_RUNS="+p.runs, "SAGALAB_API=", "SAGALAB_ALLOW_HOST=", "SAGALAB_AUTHORIZATION=t0ken-of-the-service", "SAGALAB_FLEET=", "SAGALAB_POLICY=", "SAGALAB_TRACEPARENT=", "GITHUB_STEP_SUMMARY=")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("sagalab %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serve starts a service of the program, which answers GET of the path health, and before it a proxy that keeps what it receives. It returns the
// proxy's address.
func (p program) serve(t *testing.T, health string, options ...string) (string, *received) {
	t.Helper()
	address, err := fault.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	process, err := fault.StartProcess(t.Context(), fault.ProcessConfig{Command: append([]string{p.path, "serve", "--addr", address}, options...), Health: "http://" + address + health})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
	})
	r := &received{proxy: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s.URL, r
}

// request is what the service received, and the status that it answered.
type request struct {
	method, path, traceparent string
	status                    int
}

// received is a proxy that keeps the requests with a traceparent header, and counts the purchases without one. It answers
// each fourth purchase with 503, without passing it on.
type received struct {
	proxy http.Handler

	mu       sync.Mutex
	requests []request
	without  int
	posts    int
}

// ServeHTTP implements http.Handler.
func (r *received) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	header := req.Header["Traceparent"]
	buys := req.Method == http.MethodPost
	r.mu.Lock()
	fails := false
	if buys && len(header) > 0 {
		r.posts++
		fails = r.posts%4 == 1
	}
	if buys && len(header) == 0 {
		r.without++
	}
	r.mu.Unlock()
	answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	if fails {
		answer.WriteHeader(http.StatusServiceUnavailable)
	} else {
		r.proxy.ServeHTTP(answer, req)
	}
	if len(header) > 0 {
		r.mu.Lock()
		r.requests = append(r.requests, request{req.Method, req.URL.Path, strings.Join(header, ", "), answer.status})
		r.mu.Unlock()
	}
}

// statusWriter keeps the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
