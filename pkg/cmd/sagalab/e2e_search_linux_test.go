package main

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestSearchParticipants searches the reference service in three processes: a charge that is
// repeated after a lost reply is found between the service and its payments. Interrupted, the
// search prints what is known, and goes on from its directory.
func TestSearchParticipants(t *testing.T) {
	t.Parallel()
	address, stock, payments, stockProxy, paymentsProxy := e2e.FreePort(t), e2e.FreePort(t), e2e.FreePort(t), e2e.FreePort(t), e2e.FreePort(t)
	e2e.Command(t, "serve", "--lab", "--participants", "http", "--defect", "retry_charges_twice", "--addr", address, "--stock-addr", stock, "--payments-addr", payments,
		"--stock-url", "http://"+stockProxy, "--payments-url", "http://"+paymentsProxy, "--participant-timeout", "300ms", "--participant-retry", "5ms", "--db", filepath.Join(t.TempDir(), "shop.db")).Serve(t)
	args := []string{"search", "--api", "http://" + address, "--participant", "stock=" + stockProxy + ",http://" + stock, "--participant", "payments=" + paymentsProxy + ",http://" + payments,
		"--timeout", "1s", "--confirm", "2"}
	out, code := searchOf(t, nil, append(args, "--kinds", "drop_reply")...)
	if code != 1 || !strings.Contains(out, "the reply to the first charge at payments is lost: charged twice, confirmed once") || !strings.Contains(out, "It is minimal") {
		t.Errorf("exit %d: %s", code, out)
	}
	kept := filepath.Join(t.TempDir(), "kept")
	args = append(args, "--kinds", "unavailable,drop_request", "--resume", kept)
	out, code = searchOf(t, func(c *exec.Cmd) {
		for files := 0; files == 0; time.Sleep(time.Millisecond) {
			list, _ := filepath.Glob(filepath.Join(kept, "*"))
			files = len(list)
		}
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
	}, args...)
	if code != 130 || !strings.Contains(out, "Could not judge: the search was interrupted") {
		t.Errorf("interrupted: exit %d: %s", code, out)
	}
	out, code = searchOf(t, nil, append(args, "--faults", "1")...)
	if code != 0 || !strings.Contains(out, "schedules by the formula") {
		t.Errorf("resumed: exit %d: %s", code, out)
	}
}

// TestSearchKills: a service that the search starts is killed once it has acted, and started
// again.
func TestSearchKills(t *testing.T) {
	t.Parallel()
	address := e2e.FreePort(t)
	program := e2e.Command(t).Path
	out, code := searchOf(t, nil, "search", "--api", "http://"+address, "--start", program+" serve --lab --addr "+address+" --db "+filepath.Join(t.TempDir(), "shop.db"),
		"--kill", "--kinds", "kill", "--purchases", "1", "--faults", "1", "--timeout", "1s", "--attempts", "9")
	if code != 0 || !strings.Contains(out, "2 schedules by the formula = 2 executed") || !strings.Contains(out, "kill  survived faults of\n     1  purchase 1, purchase, attempt 1") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// searchOf runs a search to its end, and returns what it printed and its exit code. meanwhile is
// called while it runs.
func searchOf(t *testing.T, meanwhile func(*exec.Cmd), args ...string) (out string, code int) {
	t.Helper()
	p := e2e.Command(t, args...)
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if meanwhile != nil {
		meanwhile(p.Cmd)
	}
	err := p.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return stdout.String() + stderr.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return stdout.String(), 0
}
