package shop

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/shop/httpio"
)

// TestSlowClientsAreClosed: requests that stop in the middle hold their connection for
// a few seconds only, also on a connection that was unused for a while, and other
// clients are answered meanwhile. A connection that sent nothing yet stays usable.
func TestSlowClientsAreClosed(t *testing.T) {
	t.Parallel()
	_, base := opened(t, Config{})
	addr := strings.TrimPrefix(base, "http://")
	unused := dialed(t, addr)
	var wg sync.WaitGroup
	for name, c := range map[string]struct {
		before, text string
		closed       time.Duration
	}{
		"half a header":             {"", "POST /purchase HTTP/1.1\r\nHost: x\r\nContent-Le", headerTimeout},
		"one byte":                  {"", "P", headerTimeout},
		"half a body":               {"", "POST /purchase HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", requestTimeout},
		"half a header, kept alive": {"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HT", headerTimeout},
	} {
		for range 20 {
			wg.Go(func() {
				conn := dialed(t, addr)
				if c.before != "" {
					io.WriteString(conn, c.before)
					conn.Read(make([]byte, 4096))
				}
				begin := time.Now()
				io.WriteString(conn, c.text)
				conn.SetReadDeadline(begin.Add(c.closed + 4*time.Second))
				_, err := io.Copy(io.Discard, conn)
				if e, ok := err.(net.Error); ok && e.Timeout() {
					t.Errorf("%s: the connection is still open after %v, want it closed after %v", name, time.Since(begin), c.closed)
				}
				if took := time.Since(begin); took < c.closed-time.Second {
					t.Errorf("%s: the connection was closed after %v, want %v", name, took, c.closed)
				}
			})
		}
	}
	a := newAPI(t, base)
	for until := time.Now().Add(headerTimeout + time.Second); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		begin := time.Now()
		if r := a.do("GET", "/health", ""); r.status != 200 || time.Since(begin) > 2*time.Second {
			t.Errorf("GET /health beside slow clients: got %d after %v", r.status, time.Since(begin))
		}
	}
	fmt.Fprintf(unused, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if text, err := io.ReadAll(unused); !strings.HasPrefix(string(text), "HTTP/1.1 200") {
		t.Errorf("a connection that was unused for longer than %v: got %q, %v", headerTimeout, text, err)
	}
	wg.Wait()
}

func dialed(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestWaitingConnectionsAreBounded: beyond the bound the oldest connection without a
// header is closed.
func TestWaitingConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	const most = 5
	l := &httpio.WaitingListener{Listener: ln, Unused: time.Minute, Max: most}
	var clients []net.Conn
	for range 3 * most {
		clients = append(clients, dialed(t, ln.Addr().String()))
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.Waiting(); n != most {
		t.Errorf("%d connections wait, want %d", n, most)
	}
	for i, c := range clients {
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		e, _ := err.(net.Error)
		if open := e != nil && e.Timeout(); open != (i >= 2*most) {
			t.Errorf("connection %d: open is %v (%v)", i, open, err)
		}
	}
	runtime.KeepAlive(l) // with the connections, which a collection would close
}
