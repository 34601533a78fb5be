package fault

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/oserr"
)

// service is a real server that counts how often each key's purchase acted on it.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	acted map[string]int
	order []string
}

const reply = `{"order_id": "o-1", "status": "CONFIRMED"}`

// serve starts a service. answer, which may be nil, replaces its reply to
// POST /purchase.
func serve(t *testing.T, answer http.HandlerFunc) *service {
	t.Helper()
	s := &service{acted: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil { // half a request has no effect
			return
		}
		s.mu.Lock()
		s.acted[r.Header.Get("Idempotency-Key")]++
		s.order = append(s.order, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		if answer != nil {
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, reply)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) times(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acted[key]
}

// proxyOf is a proxy in front of a service, in a stage of windows that are open.
func proxyOf(t *testing.T, s *service, windows ...Window) *Proxy {
	t.Helper()
	p, err := NewProxy(Service{Address: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("closing the proxy: %v", err)
		}
	})
	for i := range windows {
		if windows[i].To == 0 {
			windows[i].To = time.Hour
		}
	}
	if err := p.Start(Plan{Seed: 7, Windows: windows}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return p
}

// client is one whose POSTs net/http does not repeat.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// purchase sends one purchase and says in a word what the client saw.
func purchase(ctx context.Context, c *http.Client, base, key string) string {
	body := io.NopCloser(strings.NewReader(`{"user_id": 1}`))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/purchase", body)
	if err != nil {
		return err.Error()
	}
	req.ContentLength = int64(len(`{"user_id": 1}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	resp, err := c.Do(req)
	if err != nil {
		return symptom(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		return symptom(err)
	}
	return resp.Status
}

// symptom names how an error shows to a client.
func symptom(err error) string {
	var timeout net.Error
	switch {
	case oserr.ConnectionRefused(err):
		return "refused"
	case oserr.ConnectionReset(err):
		return "reset"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "unexpected EOF"
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "server closed idle connection"):
		return "EOF"
	case errors.Is(err, context.Canceled):
		return "gone"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return err.Error()
}

// eventually waits, with a bound that no verdict depends on, until holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}
