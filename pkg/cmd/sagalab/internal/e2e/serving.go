package e2e

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"syscall"
	"testing"
)

// Serving is a running `sagalab serve`.
type Serving struct {
	Program
	URL string
	Log *bytes.Buffer // all that it logged; complete once it has ended
	eof chan struct{}
}

// StartServing starts `sagalab serve` on a free port. It passes db in the environment, so that no
// command line has a password.
func StartServing(t *testing.T, db string, args ...string) *Serving {
	t.Helper()
	p := Command(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	p.Env = append(p.Env, "SAGALAB_DB="+db)
	return p.Serve(t)
}

// Serve starts p, a `sagalab serve`, and returns when it accepts requests.
func (p Program) Serve(t *testing.T) *Serving {
	t.Helper()
	pipe, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	s := &Serving{Program: p, Log: &bytes.Buffer{}, eof: make(chan struct{})}
	lines := bufio.NewReader(io.TeeReader(pipe, s.Log))
	for s.URL == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("sagalab %q did not come up: %v\n%s", p.Args[1:], err, s.Log)
		}
		if _, rest, ok := strings.Cut(line, "Purchase service on "); ok {
			s.URL, _, _ = strings.Cut(rest, " ")
		}
	}
	go func() { defer close(s.eof); io.Copy(io.Discard, lines) }()
	return s
}

// End sends a signal, waits for the end and returns the exit status.
func (s *Serving) End(sig syscall.Signal) int {
	s.Process.Signal(sig)
	return s.Ended()
}

// Ended waits for the end and returns the exit status.
func (s *Serving) Ended() int {
	<-s.eof
	s.Wait()
	return s.ProcessState.ExitCode()
}
