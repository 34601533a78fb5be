package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/jupyter"
)

// TestMain runs this test binary as a child of the package when it is started as one, as its command does.
func TestMain(m *testing.M) {
	if ok, err := Role(context.Background(), os.Args[1:], os.Stdin, os.Stdout); ok {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	os.RemoveAll(builtDir)
	os.Exit(code)
}

var builtDir string

// buildSagalab builds the sagalab of this checkout, once.
var buildSagalab = sync.OnceValues(func() (string, error) {
	root, err := jupyter.FindRoot(".")
	if err != nil {
		return "", err
	}
	if builtDir, err = os.MkdirTemp("", "sagalab-bench-test-"); err != nil {
		return "", err
	}
	path := filepath.Join(builtDir, "sagalab")
	cmd := exec.Command("go", "build", "-o", path, "./pkg/cmd/sagalab")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func sagalab(t *testing.T) string {
	t.Helper()
	path, err := buildSagalab()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunWithoutPeers(t *testing.T) {
	var out, log bytes.Buffer
	o := Options{
		Root: t.TempDir(), Program: sagalab(t), Rounds: 2, Only: []string{"closed", "hidden", "growth"}, Tools: []string{}, Quick: true,
		Dir: t.TempDir(), Out: &out, Log: &log,
	}
	r, err := Run(t.Context(), o)
	if err != nil || len(r.Failed) > 0 || len(r.Absent) > 0 {
		t.Fatalf("Run: %v, failed %v, absent %v\n%s%s", err, r.Failed, r.Absent, &out, &log)
	}
	size := quickSizes()
	for _, name := range []string{NetHTTP, Sagalab} {
		c := find(r.Closed, name, size.closedVUs[0])
		if c == nil {
			t.Fatalf("no comparison of %s in %+v", name, r.Closed)
		}
		if c.Requests != int64(size.closed) || c.Rounds != 2 || c.Carrying < 1 || c.Opened < c.Carrying || c.Rate <= 0 || c.CPU <= 0 || c.RSSMB <= 1 || c.RateRatio <= 0 {
			t.Errorf("%s: %+v; want %d requests, 2 rounds, and every figure above 0", name, c, size.closed)
		}
	}
	for _, h := range r.Hidden {
		if h.Unanswered == 0 || h.Keyed != h.Received {
			t.Errorf("%s: %+v; want connections closed under it, and a key on every request", h.Tool, h)
		}
		if want := h.Received - int64(size.hidden); h.Tool == NetHTTP && h.hidden() != want {
			t.Errorf("net/http hides %d attempts, want %d of %d", h.hidden(), want, h.Received)
		}
		if h.Tool == Sagalab && h.hidden() != 0 {
			t.Errorf("sagalab recorded %d attempts, the server saw %d", h.Reported, h.Received)
		}
	}
	if want := len(size.growthRequests) + len(size.growthVUs); len(r.Growth) != want {
		t.Errorf("%d points of growth, want %d", len(r.Growth), want)
	}
	checkPNG(t, filepath.Join(o.Dir, "growth.png"))
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if n := len([]rune(line)); n > 118 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	if !strings.Contains(out.String(), "attempts recorded − attempts the server saw") {
		t.Errorf("no table of what is reached in\n%s", &out)
	}
}

func checkPNG(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
}

// TestPeersThatCannotBeHad: without a network the peers are reported as not measured, and the run goes on.
func TestPeersThatCannotBeHad(t *testing.T) {
	root := t.TempDir()
	pins := filepath.Join(root, "pkg", "internal", "bench", "peers")
	if err := os.CopyFS(pins, os.DirFS("peers")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("PIP_NO_INDEX", "1")
	var out, log bytes.Buffer
	r, err := Run(t.Context(), Options{
		Root: root, Program: sagalab(t), Rounds: 1, Only: []string{"heavy"}, Tools: []string{Hey, Original}, Quick: true,
		Dir: t.TempDir(), Out: &out, Log: &log,
	})
	if err != nil || len(r.Absent) != 2 || !strings.Contains(r.Absent[0], "hey is not measured") || !strings.Contains(r.Absent[1], "is there a network?") {
		t.Errorf("Run: %v, absent %q; want both peers absent and named", err, r.Absent)
	}
	if find(r.Heavy, Sagalab, 0) == nil {
		t.Errorf("sagalab was not measured:\n%s", &out)
	}
	if l := heavyGoal(r.Heavy); l.Verdict != NotMeasured {
		t.Errorf("heavy without the original: %+v, want it not measured", l)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	var out bytes.Buffer
	_, err := Run(ctx, Options{
		Root: t.TempDir(), Program: sagalab(t), Rounds: 100, Only: []string{"closed"}, Tools: []string{}, Quick: true,
		Dir: t.TempDir(), Out: &out, Log: writer(func(p []byte) {
			if bytes.Contains(p, []byte("round 1 ")) {
				cancel(stopped)
			}
		}),
	})
	if !errors.Is(err, stopped) {
		t.Errorf("Run = %v, want %v", err, stopped)
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestOptionsAreRefusedAllAtOnce(t *testing.T) {
	_, err := Run(t.Context(), Options{Rounds: 0, Only: []string{"opened"}, Tools: []string{"wrk"}, Timeout: -time.Second, Save: "x"})
	for _, want := range []string{"rounds is 0", `no section "opened"`, `no tool "wrk"`, "the timeout is -1s", "at least 3 rounds"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want it to say %q", err, want)
		}
	}
}

// TestPins: every peer that is built is pinned at an exact version, and k6 is not among them.
func TestPins(t *testing.T) {
	text, err := os.ReadFile("peers/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	tools, _, _ := strings.Cut(string(text), ")")
	for name, pkg := range packages {
		if !strings.Contains(tools, "\t"+pkg+"\n") {
			t.Errorf("peers/go.mod has no tool %s for %s", pkg, name)
		}
	}
	if strings.Contains(string(text), "go.k6.io") {
		t.Error("peers/go.mod contains k6, whose licence is the AGPL")
	}
	list, err := os.ReadFile("peers/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		if !strings.HasPrefix(line, "#") && strings.Count(line, "==") != 1 {
			t.Errorf("requirements.txt: %q is no exact version", line)
		}
	}
}

// TestK6OnPath: k6 is taken from the PATH, with its version in the report, and never built.
func TestK6OnPath(t *testing.T) {
	name, script := "k6", "#!/bin/sh\necho k6 v9.9.9\n"
	if runtime.GOOS == "windows" {
		name, script = "k6.bat", "@echo k6 v9.9.9\r\n"
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	var out bytes.Buffer
	b := &Bench{Options: Options{Out: &out}}
	if _, err := b.setUpPeer(t.Context(), K6, "peers"); err == nil || !strings.Contains(err.Error(), "no program k6 is on the PATH") {
		t.Errorf("without k6: %v, want that it is not on the PATH", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if tool, err := b.setUpPeer(t.Context(), K6, "peers"); err != nil || tool.name != K6 || b.Report.K6 != "k6 v9.9.9" || !strings.Contains(out.String(), "k6 v9.9.9") {
		t.Errorf("with k6: %q, %v, version %q; want k6 v9.9.9 in the report\n%s", tool.name, err, b.Report.K6, &out)
	}
}
