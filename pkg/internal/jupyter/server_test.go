package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startLab starts Jupyter on a directory with one notebook.
func startLab(t *testing.T, ctx context.Context) *Server {
	t.Helper()
	l := readyLab(t)
	dir := filepath.Dir(writeNotebook(t, "# Title", sayHello))
	s, err := l.Start(ctx, Options{Dir: dir, Open: "small.ipynb", Env: []string{"SAGALAB_TRIAL=seen"}, Log: t.Output()})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}

// ask sends a request to the server's API; token "" means none.
func ask(t *testing.T, s *Server, method, path, token, body string) (int, string) {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+at.Host+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "token "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func tokenOf(t *testing.T, s *Server) string {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return at.Query().Get("token")
}

func TestStartServesNotebooksToThoseWithTheToken(t *testing.T) {
	t.Parallel()
	s := startLab(t, t.Context())
	token := tokenOf(t, s)
	if len(token) < 20 {
		t.Fatalf("the token of %s is short", s.URL)
	}
	for _, trial := range []struct {
		path, token string
		code        int
		text        string
	}{
		{"/api/contents/small.ipynb", token, 200, "Title"},
		{"/lab/api/settings/@jupyterlab/completer-extension:manager", token, 200, `"default": 10000`}, // as Tab may take long once
		{"/api/contents/small.ipynb", "", 403, ""},
		{"/api/contents/small.ipynb", "wrong", 403, ""},
		{"/api/kernelspecs", token, 200, `"gonb"`},
		{"/lab/tree/small.ipynb?token=" + token, "", 200, "jupyter"},
	} {
		code, text := ask(t, s, http.MethodGet, trial.path, trial.token, "")
		if code != trial.code || !strings.Contains(text, trial.text) {
			t.Errorf("GET %s with token %q: %d %.300s; want %d with %q", trial.path, trial.token, code, text, trial.code, trial.text)
		}
	}
	_, specs := ask(t, s, http.MethodGet, "/api/kernelspecs", token, "")
	var list struct {
		Default     string
		Kernelspecs map[string]any
	}
	if err := json.Unmarshal([]byte(specs), &list); err != nil || list.Default != "gonb" || len(list.Kernelspecs) != 1 {
		t.Errorf("kernels %v, default %q (%v); want gonb alone", list.Kernelspecs, list.Default, err)
	}
	if list, err := exec.Command("ps", "-A", "-o", "args").Output(); err != nil || strings.Contains(string(list), token) {
		t.Errorf("ps shows the token, or failed: %v", err)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, trial := range []struct {
		name string
		end  func(s *Server, cancel func())
	}{
		{"Stop", func(s *Server, _ func()) { s.Stop() }},
		{"end of the context", func(_ *Server, cancel func()) { cancel() }},
		{"killed Jupyter", func(s *Server, _ func()) { _ = s.cmd.Process.Kill() }},
	} {
		t.Run(trial.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := startLab(t, ctx)
			code, text := ask(t, s, http.MethodPost, "/api/kernels", tokenOf(t, s), `{"name": "gonb"}`)
			if code != http.StatusCreated {
				t.Fatalf("start a kernel: %d %s", code, text)
			}
			trial.end(s, cancel)
			err := s.Wait()
			if killed := trial.name == "killed Jupyter"; killed != (err != nil) {
				t.Errorf("Wait: %v", err)
			}
			if exists(s.sandbox.dir) {
				t.Errorf("%s is left", s.sandbox.dir)
			}
			checkNoOrphans(t)
		})
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	file := writeNotebook(t, sayHello)
	for _, trial := range []struct {
		name string
		Options
		want string
	}{
		{"every interface", Options{IP: "0.0.0.0"}, "others can reach"},
		{"no address", Options{IP: "localhost"}, "is no IP address"},
		{"no port", Options{Port: 65536}, "not between"},
		{"no directory", Options{Dir: file}, "is not a directory"},
		{"taken", Options{Port: port, Dir: filepath.Dir(file)}, "the port is taken"},
	} {
		t.Run(trial.name, func(t *testing.T) {
			s, err := l.Start(t.Context(), trial.Options)
			if err == nil {
				s.Stop()
			}
			if err == nil || !strings.Contains(err.Error(), trial.want) {
				t.Errorf("Start(%+v): error %v, want %q in it", trial.Options, err, trial.want)
			}
			var inUse *PortTakenError
			if got := errors.As(err, &inUse); got != (trial.name == "taken") {
				t.Errorf("Start(%+v): error %v is a *PortTakenError: %v", trial.Options, err, got)
			}
		})
	}
}

func TestStartDoesNotOutliveItsContext(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := l.Start(ctx, Options{Dir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start with an ended context: %v, %v; want context.Canceled", s, err)
	}
	checkNoOrphans(t)
	if got := os.Getenv("JUPYTER_TOKEN"); got != "" {
		t.Errorf("JUPYTER_TOKEN is %q", got)
	}
}
