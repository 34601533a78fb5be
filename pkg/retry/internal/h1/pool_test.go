package h1

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestLastUsedIsUsedFirst(t *testing.T) {
	url := Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { AnswerAll(in, c) })
	tr := New(2, NewStandard(2, nil))
	at := endpoint{addr: strings.TrimPrefix(url, "http://")}
	a, err := tr.liveConn(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tr.liveConn(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	tr.release(a)
	tr.release(b)
	if got, _ := tr.liveConn(t.Context(), at); got != b {
		t.Error("an older connection was used before the last one")
	}
	tr.release(b)
	tr.CloseIdleConnections()
	if len(tr.hosts) != 0 {
		t.Errorf("%d hosts are still known, want none without connections", len(tr.hosts))
	}
}

// A connection is not kept when its request's context ended with the answer:
// the interruption may be yet to come.
func TestInterruptedConnectionsAreNotKept(t *testing.T) {
	url := Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { AnswerAll(in, c) })
	tr := New(1, NewStandard(1, nil))
	ctx, cancel := context.WithCancel(t.Context())
	c, err := tr.liveConn(ctx, endpoint{addr: strings.TrimPrefix(url, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	defer close(release)
	c.interrupt = func() { <-release }
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	resp, err := c.roundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if b, err := io.ReadAll(resp.Body); string(b) != "{}" || err != nil {
		t.Errorf("answer %q, %v", b, err)
	}
	if len(tr.hosts) != 0 || c.alive() {
		t.Errorf("the connection was kept: %+v", tr.hosts)
	}
}

// A server's session ticket comes unasked and leaves an idle connection alive.
func TestSessionTicketsLeaveAConnectionAlive(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	tr := New(1, NewStandard(1, &tls.Config{RootCAs: roots}))
	defer tr.CloseIdleConnections()
	c, err := tr.liveConn(t.Context(), endpoint{true, secure.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // the ticket arrives meanwhile
		if !c.alive() {
			t.Fatal("a connection is dead before its first request")
		}
		time.Sleep(time.Millisecond)
	}
	tr.release(c)
}
