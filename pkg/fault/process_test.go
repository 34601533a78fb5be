package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleKey is set for a copy of this test binary that is to be a service.
const roleKey = "SAGALAB_FAULT_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleKey); role != "" {
		beChild(role, os.Args[len(os.Args)-1])
		return
	}
	os.Exit(m.Run())
}

// beChild is the service: it reports its pid, and behaves by its role.
func beChild(role, address string) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	switch role {
	case "quits":
		fmt.Println("the database is locked")
		os.Exit(3)
	case "deaf":
		fmt.Println("started")
		select {}
	case "parent":
		beParent(address)
		return
	}
	if role == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
	}
	healthy := time.Now().Add(50 * time.Millisecond)
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		if time.Now().Before(healthy) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/pid", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getpid()) })
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go func() {
		<-term
		fmt.Println("ended politely")
		os.Exit(0)
	}()
	fmt.Println(http.Serve(l, nil))
}

// beParent starts a service as this package does, says its address and waits to
// be killed.
func beParent(address string) {
	if _, err := StartProcess(context.Background(), configOf("well", address)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("child is up")
	select {}
}

func configOf(role, address string) ProcessConfig {
	return ProcessConfig{
		Command: []string{os.Args[0], address},
		Env:     append(os.Environ(), roleKey+"="+role),
		Health:  "http://" + address + "/health",
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	a, err := FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func start(t *testing.T, role string) (*Process, string) {
	t.Helper()
	address := freeAddress(t)
	p, err := StartProcess(t.Context(), configOf(role, address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Errorf("Stop() = %v", err)
		}
	})
	return p, address
}

// pidAt returns the pid that the service reports, 0 without an answer.
func pidAt(address string) int {
	one := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	resp, err := one.Get("http://" + address + "/pid")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	pid, _ := strconv.Atoi(string(b))
	return pid
}

func TestKillAndRestart(t *testing.T) {
	p, address := start(t, "well")
	first := pidAt(address)
	for round := range 2 {
		pid := pidAt(address)
		if pid == 0 || !p.Running() {
			t.Fatalf("round %d: pid %d, running %v; want a service that answers", round, pid, p.Running())
		}
		if err := p.Kill(); err != nil || !gone(pid) || p.Running() || pidAt(address) != 0 {
			t.Errorf("round %d: Kill() = %v, gone %v, running %v; want it gone", round, err, gone(pid), p.Running())
		}
		if err := p.Kill(); err == nil || !strings.Contains(err.Error(), "ended before it was killed: signal: killed") {
			t.Errorf("round %d: a second Kill() = %v, want it to say how it ended", round, err)
		}
		if err := p.Restart(t.Context()); err != nil {
			t.Fatalf("round %d: Restart() = %v", round, err)
		}
	}
	last := pidAt(address)
	if err := p.Restart(t.Context()); err != nil { // while it runs
		t.Errorf("Restart() of one that runs = %v", err)
	}
	if third := pidAt(address); third == 0 || third == last || last == first || !gone(last) {
		t.Errorf("pids %d, %d, %d: want three lives", first, last, third)
	}
	if !strings.Contains(p.Output(), "ended politely") {
		t.Errorf("Output() = %q, want what it printed", p.Output())
	}
	pid := pidAt(address)
	for range 2 {
		if err := p.Stop(); err != nil || !gone(pid) {
			t.Errorf("Stop() = %v, gone %v", err, gone(pid))
		}
	}
	for what, err := range map[string]error{"Kill": p.Kill(), "Restart": p.Restart(t.Context())} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s of a stopped process = %v, want ErrClosed", what, err)
		}
	}
}

func TestStopKillsTheStubborn(t *testing.T) {
	address := freeAddress(t)
	c := configOf("stubborn", address)
	c.StopTimeout = 50 * time.Millisecond
	p, err := StartProcess(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	pid := pidAt(address)
	if err := p.Stop(); err != nil || !gone(pid) {
		t.Errorf("Stop() = %v, gone %v; want it killed", err, gone(pid))
	}
}

func TestProcessEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address := freeAddress(t)
	p, err := StartProcess(ctx, configOf("well", address))
	if err != nil {
		t.Fatal(err)
	}
	pid := pidAt(address)
	cancel()
	eventually(t, "the service to end with its context", func() bool { return !p.Running() })
	if !gone(pid) {
		t.Error("the service runs on after its context ended")
	}
}

func TestStartFailures(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := freeAddress(t)
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the stage is over"))
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		config ProcessConfig
		says   []string
	}{
		{"quits", t.Context(), configOf("quits", address), []string{"ended before it was healthy: exit status 3", "the database is locked"}},
		{"never healthy", t.Context(), func() ProcessConfig {
			c := configOf("deaf", address)
			c.StartTimeout = 300 * time.Millisecond
			return c
		}(), []string{"not healthy within 300ms", "connection refused", "started"}},
		{"ended", ended, configOf("deaf", address), []string{"the stage is over"}},
		{"address taken", t.Context(), configOf("well", taken.Addr().String()), []string{"another process listens on"}},
		{"no such program", t.Context(), ProcessConfig{Command: []string{"/no/such/program"}, Health: "http://" + address}, []string{"/no/such/program", "no such file"}},
		{"nothing right", t.Context(), ProcessConfig{Health: "http://10.0.0.1/health", StopTimeout: -1}, []string{"no command given", "10.0.0.1", "-1ns"}},
	} {
		p, err := StartProcess(tt.ctx, tt.config)
		if err == nil {
			t.Errorf("%s: StartProcess has no fault", tt.name)
			p.Stop()
			continue
		}
		for _, s := range tt.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: StartProcess = %v, want it to say %q", tt.name, err, s)
			}
		}
	}
}

func TestProcessFollows(t *testing.T) {
	p, address := start(t, "well")
	before := pidAt(address)
	ms := time.Millisecond
	plan := Plan{Windows: []Window{{From: 0, To: time.Hour, Fault: DropReply, Probability: 1}, {To: 50 * ms, Fault: Kill, Probability: 1}, {From: 50 * ms, To: 100 * ms, Fault: Kill, Probability: 1}}}
	changes, err := p.Follow(t.Context(), plan, time.Now())
	after := pidAt(address)
	// a machine that stands still can miss windows, but not half of one
	killed := len(changes) > 0
	if err != nil || after == 0 || (after != before) != killed || gone(before) != killed || (killed && changes[len(changes)-1].Window != -1) {
		t.Errorf("Follow = %v, %v with pids %d and %d; want it killed, and another life", changes, err, before, after)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := p.Follow(ctx, Plan{Windows: []Window{{To: time.Hour, Fault: Kill, Probability: 1}}}, time.Now())
		ended <- err
	}()
	eventually(t, "the service to be killed", func() bool { return gone(after) })
	cancel()
	if err := <-ended; err != nil || pidAt(address) == 0 {
		t.Errorf("Follow that was ended = %v, pid %d; want the service back", err, pidAt(address))
	}
	if _, err := p.Follow(t.Context(), Plan{Windows: []Window{{}}}, time.Now()); err == nil {
		t.Error("Follow takes a plan that is not valid")
	}
}

func TestTail(t *testing.T) {
	var tl outputTail
	for _, tt := range []struct{ write, want string }{
		{"a", "a"},
		{strings.Repeat("b", maxOutput-1), "a" + strings.Repeat("b", maxOutput-1)},
		{"cc", strings.Repeat("b", maxOutput-2) + "cc"},
		{strings.Repeat("d", 3*maxOutput) + "e", strings.Repeat("d", maxOutput-1) + "e"},
		{"ü" + strings.Repeat("f", maxOutput-1), strings.Repeat("f", maxOutput-1)},
	} {
		n, err := tl.Write([]byte(tt.write))
		if got := tl.String(); got != tt.want || n != len(tt.write) || err != nil {
			t.Errorf("after %d bytes, Write = %d, %v: tail of %d bytes, want %d", len(tt.write), n, err, len(got), len(tt.want))
		}
	}
}
