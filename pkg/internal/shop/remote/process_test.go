package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// roleKey says what a copy of this test binary does.
const roleKey = "SAGALAB_REMOTE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleKey); role {
	case "":
		os.Exit(m.Run())
	case "serves": // its process id, at the address that it is given
		ln, err := net.Listen("tcp", os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("http://%s\n", ln.Addr())
		go http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) }))
		io.Copy(io.Discard, os.Stdin)
	case "fails":
		fmt.Fprintln(os.Stderr, "it cannot be")
		os.Exit(3)
	case "silent":
		io.Copy(io.Discard, os.Stdin)
	case "parent": // of one that serves, until it is killed
		os.Setenv(roleKey, "serves")
		p, err := StartProcess(context.Background(), config(os.Stderr))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(p.URL())
		select {}
	}
}

// config starts copies of this test binary.
func config(log io.Writer) ProcessConfig {
	return ProcessConfig{Name: StockName, Address: "127.0.0.1:0", Log: log, Command: func(address string) []string { return []string{os.Args[0], address} }}
}

// output is a bytes.Buffer that is safe for concurrent use.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// pidAt asks a process for its id, "" when it does not answer.
func pidAt(url string) string {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for !is() {
		if t.Context().Err() != nil {
			t.Fatalf("%s does not come", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestProcessIsStartedAgain(t *testing.T) {
	t.Setenv(roleKey, "serves")
	var log output
	p, err := StartProcess(t.Context(), config(&log))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		first := pidAt(p.URL())
		kill(t, first)
		eventually(t, "another process", func() bool { now := pidAt(p.URL()); return now != "" && now != first })
	}
	p.Close()
	p.Close()
	if pid := pidAt(p.URL()); pid != "" {
		t.Errorf("after Close process %s answers", pid)
	}
	if n := strings.Count(log.String(), "Participant stock ended ("); n != 3 || !strings.Contains(log.String(), "it is started again on "+p.URL()) {
		t.Errorf("logged is\n%s\nwant 3 ends", log.String())
	}
}

func kill(t *testing.T, pid string) {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(pid, &n); err != nil {
		t.Fatalf("%q is no process id", pid)
	}
	p, err := os.FindProcess(n)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestProcessThatDoesNotStart(t *testing.T) {
	t.Setenv(roleKey, "fails")
	var log output
	if _, err := StartProcess(t.Context(), config(&log)); err == nil || err.Error() != "starting the stock: it ended before it listened: exit status 3" {
		t.Errorf("StartProcess = %v", err)
	}
	if log.String() != "it cannot be\n" {
		t.Errorf("logged is %q", log.String())
	}
	c := config(nil)
	c.Command = func(string) []string { return []string{"/no/such/program"} }
	if _, err := StartProcess(t.Context(), c); err == nil {
		t.Error("StartProcess of a program that does not exist = nil")
	}
	t.Setenv(roleKey, "silent")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, context.DeadlineExceeded)
	defer cancel()
	if _, err := StartProcess(ctx, config(nil)); err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
		t.Errorf("StartProcess of a silent program = %v", err)
	}
}

// TestNothingOutlivesItsParent kills the process that started a participant.
func TestNothingOutlivesItsParent(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleKey+"=parent")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	if _, err := fmt.Fscan(out, &url); err != nil || pidAt(url) == "" {
		t.Fatalf("the participant is at %q, %v", url, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "the end of the participant", func() bool { return pidAt(url) == "" })
}
