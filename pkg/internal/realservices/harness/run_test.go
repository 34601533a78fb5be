package harness

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain makes this program a service, or the parent of one, when it is started as one.
func TestMain(m *testing.M) {
	address := os.Getenv("HARNESS_SERVICE")
	switch os.Getenv("HARNESS_ROLE") {
	case "parent":
		child := service("service", address)
		if err := child.Run(); err != nil {
			os.Exit(1)
		}
	case "service":
		_ = http.ListenAndServe(address, http.NotFoundHandler()) // until it is killed
	default:
		os.Exit(m.Run())
	}
}

// service is the command that starts this program in a role.
func service(role, address string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HARNESS_ROLE="+role, "HARNESS_SERVICE="+address)
	return cmd
}

func TestServiceEndsWithItsTest(t *testing.T) {
	address := "127.0.0.1:" + Port(t)
	t.Run("service", func(t *testing.T) {
		Run(t, service("parent", address), "http://"+address)
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("after Run: %v", err)
		}
		c.Close()
	})
	for c, err := net.Dial("tcp", address); err == nil; c, err = net.Dial("tcp", address) { // a killed process is gone a moment later
		c.Close()
		time.Sleep(10 * time.Millisecond)
	}
}

func TestWaitReady(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	far := time.Now().Add(time.Hour)
	if err := waitReady(server.URL, nil, far); err != nil || asked.Load() != 3 {
		t.Errorf("waiting for a service that answers 503 twice: %v after %d requests, want 3", err, asked.Load())
	}
	ended := make(chan error, 1)
	ended <- errors.New("exit status 7")
	if err := waitReady("http://127.0.0.1:1", ended, far); err == nil || !strings.Contains(err.Error(), "ended before it was ready: exit status 7") {
		t.Errorf("waiting for a service that has ended: %v", err)
	}
	if err := waitReady("http://127.0.0.1:1", nil, time.Now().Add(time.Millisecond)); err == nil || !strings.Contains(err.Error(), "not ready by the deadline") {
		t.Errorf("waiting past the deadline: %v", err)
	}
}
