package faultsearch

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"sagalab/pkg/purchase"
)

// TestReachable: a service that does not answer is out of reach, also after its command; one that
// has no health is there.
func TestReachable(t *testing.T) {
	status := http.StatusNotFound
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	config := func(address string) (c ServiceConfig) {
		var err error
		if c.Endpoint, err = purchase.ParseEndpoint(address); err != nil {
			t.Fatal(err)
		}
		return c
	}
	how := purchase.Connectivity{Attempts: 2, Timeout: purchase.DefaultConnectivity().Timeout}
	there, gone := config(server.URL), config("http://127.0.0.1:1")
	if err := there.Reachable(t.Context(), how, nil); err != nil {
		t.Errorf("without a health: %v", err)
	}
	status = http.StatusServiceUnavailable
	commanded := gone
	commanded.Reset, commanded.ResetCommand = ByCommand, "echo reset"
	for name, c := range map[string]ServiceConfig{"in trouble": there, "gone": gone, "gone after its command": commanded} {
		failures := 0
		err := c.Reachable(t.Context(), how, func(int, error) { failures++ })
		if down := new(purchase.UnreachableError); !errors.As(err, &down) || down.Endpoint != c.Endpoint.String() || failures != 2 {
			t.Errorf("%s: %v after %d failures, want unreachable after 2", name, err, failures)
		}
	}
	commanded.ResetCommand = "exit 3"
	if err := commanded.Reachable(t.Context(), how, nil); err != nil {
		t.Errorf("a command that fails is left to the search: %v", err)
	}
}

// TestReachableAfterItsCommand: a command that starts the service comes before it is asked.
func TestReachableAfterItsCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "started")
	started := func() bool { list, _ := filepath.Glob(file); return len(list) == 1 }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !started() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	endpoint, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := ServiceConfig{Endpoint: endpoint, Reset: ByCommand, ResetCommand: "echo started > " + file}
	if err := c.Reachable(t.Context(), purchase.Connectivity{Attempts: 1, Timeout: purchase.DefaultConnectivity().Timeout}, nil); err != nil {
		t.Errorf("it was not started before it was asked: %v", err)
	}
}
