package shop

import (
	"context"
	"net"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// TestServeLetsRequestsEnd: ending the context takes no answer from a purchase
// under way.
func TestServeLetsRequestsEnd(t *testing.T) { onBoth(t, testServeLetsRequestsEnd) }

func testServeLetsRequestsEnd(t *testing.T, db string) {
	s, err := Open(t.Context(), Config{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, ln, s) }()
	a := newAPI(t, "http://"+ln.Addr().String())
	release := s.participants.Stock.BlockWrites()
	got := make(chan reply, 1)
	go func() {
		r, err := a.try("POST", "/purchase", string(plain(1, 1, 1, "").Body("k")))
		if err != nil {
			t.Error(err)
		}
		got <- r
	}()
	eventually(t, "the purchase being in progress", func() bool {
		s.admission.mu.Lock()
		defer s.admission.mu.Unlock()
		return s.admission.n > 0
	})
	cancel()
	eventually(t, "the listener being closed", func() bool {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	release()
	wants(t, "the purchase under way", <-got, 201, "")
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestHealthReportsClosing: a service that is stopping is unhealthy and
// takes no purchase.
func TestHealthReportsClosing(t *testing.T) {
	s, base := opened(t, Config{})
	a := newAPI(t, base)
	s.admission.stop()
	wants(t, "a purchase", a.buy(plain(1, 1, 1, "")), 503, purchase.Overloaded)
	s.closing.Store(true)
	wants(t, "GET /health", a.do("GET", "/health", ""), 503, purchase.Overloaded)
	s.closing.Store(false)
}

// TestServeReturnsWhyItEnded when its context has not ended.
func TestServeReturnsWhyItEnded(t *testing.T) {
	s, _ := opened(t, Config{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := Serve(t.Context(), ln, s); err == nil || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("Serve on a closed listener: got %v, want an error that names it", err)
	}
}
