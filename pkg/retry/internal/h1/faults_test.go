package h1_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/retry"
	"sagalab/pkg/retry/internal/h1"
)

// large does not fit into the buffers of sockets.
var large = bytes.Repeat([]byte("x"), 12<<20)

// phases are where an attempt can be when its time runs out. serve says when it
// is there, and keeps it there until the connection or the test ends.
var phases = []struct {
	name, scheme, body string
	serve              func(c net.Conn, in *bufio.Reader, reached func(), over chan struct{}) // nil is no connection
	sent               bool
}{
	{"connecting", "http", "{}", nil, false},
	{"shaking hands", "https", "{}", func(c net.Conn, in *bufio.Reader, reached func(), over chan struct{}) {
		in.Peek(1)
		reached()
		io.Copy(io.Discard, in)
	}, false},
	{"writing", "http", string(large), func(c net.Conn, in *bufio.Reader, reached func(), over chan struct{}) {
		in.Peek(1)
		reached()
		<-over
	}, true},
	{"waiting", "http", "{}", func(c net.Conn, in *bufio.Reader, reached func(), over chan struct{}) {
		h1.ReadRequest(in)
		reached()
		in.Peek(1)
	}, true},
	{"in the header", "http", "{}", func(c net.Conn, in *bufio.Reader, reached func(), over chan struct{}) {
		h1.ReadRequest(in)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Le")
		reached()
		in.Peek(1)
	}, true},
}

func TestTimeRunsOutInEveryPhase(t *testing.T) {
	for _, how := range []retry.Class{retry.Timeout, retry.Deadline, retry.Interrupted} {
		for _, p := range phases {
			t.Run(string(how)+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				over(t, func(t *testing.T, w *network) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					ended := make(chan struct{})
					defer close(ended)
					reached := func() {
						if how == retry.Interrupted {
							cancel()
						}
					}
					addr, dial := "://127.0.0.1:1", func(ctx context.Context, _, _ string) (net.Conn, error) {
						reached()
						<-ctx.Done()
						return nil, errors.New("dial failed")
					}
					if p.serve != nil {
						dial = nil
						addr = h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { p.serve(c, in, reached, ended) })[4:]
					}
					c := newClient(t, retry.Config{Policy: runningOut(how), Base: w.transport(t, 1, func(std *http.Transport) {
						if dial != nil {
							std.DialContext = dial
						}
					})})
					a := c.Post(ctx, p.scheme+addr, "", func(string) []byte { return []byte(p.body) }).Last()
					if a.Class != how || a.Status != 0 || a.Sent != p.sent {
						t.Errorf("ended with class %q status %d sent %v (%v), want %q, sent %v", a.Class, a.Status, a.Sent, a.Err, how, p.sent)
					}
				})
			})
		}
	}
}

func runningOut(how retry.Class) retry.Policy {
	p := retry.Policy{MaxAttempts: 1, AttemptTimeout: 20 * time.Second}
	switch how {
	case retry.Timeout:
		p.AttemptTimeout = 400 * time.Millisecond
	case retry.Deadline:
		p.Deadline = 400 * time.Millisecond
	}
	return p
}

// The header has come: its status counts.
func TestTimeRunsOutInTheBody(t *testing.T) {
	for name, head := range map[string]string{
		"length":       "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf",
		"chunked":      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
		"until closed": "HTTP/1.1 201 Created\r\n\r\nhalf",
	} {
		t.Run(name, func(t *testing.T) {
			url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
				if h1.ReadRequest(in) {
					io.WriteString(c, head)
					in.Peek(1)
				}
			})
			over(t, func(t *testing.T, w *network) {
				c := newClient(t, retry.Config{Base: w.transport(t, 1, nil), Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 100 * time.Millisecond}})
				for range 2 { // the second on a connection of its own
					a := c.Post(t.Context(), url, "", jsonWithKey).Last()
					if a.Class != retry.Timeout || a.Status != 201 || !a.Sent {
						t.Errorf("ended with class %q status %d sent %v (%v), want a timeout after 201", a.Class, a.Status, a.Sent, a.Err)
					}
				}
			})
		})
	}
}

// A server may answer before it has read the request.
func TestEarlyAnswers(t *testing.T) {
	const refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge"
	const final = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge"
	header := func(in *bufio.Reader) {
		for line, err := in.ReadString('\n'); err == nil && line != "\r\n"; line, err = in.ReadString('\n') {
		}
	}
	for _, tt := range []struct {
		name string
		body []byte
		may  []retry.Class
		then func(c *net.TCPConn, in *bufio.Reader)
	}{
		{"small, closed", []byte(`{}`), []retry.Class{""}, func(c *net.TCPConn, in *bufio.Reader) {
			io.WriteString(c, final)
			c.CloseWrite()
			io.Copy(io.Discard, in)
		}},
		{"large, read after", large, []retry.Class{""}, func(c *net.TCPConn, in *bufio.Reader) {
			io.WriteString(c, final)
			io.Copy(io.Discard, in)
		}},
		{"large, read after, not announced", large, []retry.Class{""}, func(c *net.TCPConn, in *bufio.Reader) {
			io.WriteString(c, refusal)
			io.Copy(io.Discard, in)
		}},
		{"large, never read", large, []retry.Class{""}, func(c *net.TCPConn, in *bufio.Reader) {
			io.WriteString(c, refusal)
			c.CloseWrite()
			time.Sleep(200 * time.Millisecond)
		}},
		{"large, closed at once", large, []retry.Class{"", retry.Reset}, func(c *net.TCPConn, in *bufio.Reader) { io.WriteString(c, final) }},
		// net/http may find that it closed the connection itself
		{"large, reset without an answer", large, []retry.Class{retry.Reset, retry.Transport}, func(c *net.TCPConn, in *bufio.Reader) { c.SetLinger(0) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			over(t, func(t *testing.T, w *network) {
				url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { header(in); tt.then(c, in) })
				a := w.client(t, 1, nil).Post(t.Context(), url, "", func(string) []byte { return tt.body }).Last()
				for _, class := range tt.may {
					if a.Class == class && !(w.own && class == retry.Transport) && (class != "" || a.Status == 413 && string(a.Body) == "large") {
						return
					}
				}
				t.Errorf("ended with class %q, %v (%v), want one of %q", a.Class, a, a.Err, tt.may)
			})
		})
	}
}

// A server that is too busy may answer before it has read anything: the answer
// is there although the request cannot be written any more. net/http finds it or
// finds its write reset, as it happens.
func TestAnswerBeforeTheRequest(t *testing.T) {
	w := &network{own: true}
	connected, gone := make(chan struct{}), make(chan struct{})
	url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
		<-connected
		io.WriteString(c, "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy")
		c.SetLinger(0)
		c.Close()
		close(gone)
	})
	a := w.client(t, 1, func(p *http.Transport) {
		dial := p.DialContext
		p.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			close(connected)
			<-gone
			time.Sleep(20 * time.Millisecond) // the reset arrives; otherwise the write succeeds, and nothing is tested
			return c, err
		}
	}).Post(t.Context(), url, "", jsonWithKey).Last()
	if a.Class != "" || a.Status != 503 || string(a.Body) != "busy" || !a.Sent {
		t.Errorf("ended with %v (%v), want the answer", a, a.Err)
	}
}

// Requests that are written beside their answer arrive whole, in turn with
// others.
func TestLargeRequests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || len(bytes.Trim(b, "x")) > 0 {
			t.Errorf("body of %d bytes is not as sent (%v)", len(b), err)
		}
		rw.Write(b[:len(b)/100])
	}))
	defer server.Close()
	over(t, func(t *testing.T, w *network) {
		c := w.client(t, 1, nil)
		for _, n := range []int{h1.MaxInlineWrite - 1000, h1.MaxInlineWrite, h1.MaxInlineWrite + 1, 1 << 20, 100, 4 << 20, h1.MaxRequestBody, h1.MaxRequestBody + 1, 100} {
			a := c.Post(t.Context(), server.URL, "", func(string) []byte { return bytes.Repeat([]byte("x"), n) }).Last()
			if !a.OK() || len(a.Body) != n/100 {
				t.Errorf("request of %d bytes: %d back, %v (%v)", n, len(a.Body), a, a.Err)
			}
		}
	})
}

func TestTLS(t *testing.T) {
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { io.WriteString(rw, r.Proto) })
	secure := httptest.NewUnstartedServer(handler)
	secure.EnableHTTP2 = true // which a client that speaks HTTP/1.1 alone must not choose
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(handler)
	defer plain.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	trust := func(version uint16, name string) func(*http.Transport) {
		return func(p *http.Transport) {
			p.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: name, MinVersion: version, MaxVersion: version}
		}
	}
	for _, tt := range []struct {
		name, url string
		change    func(*http.Transport)
		class     retry.Class
		status    int
	}{
		{"1.3", secure.URL, trust(tls.VersionTLS13, ""), "", 200},
		{"1.2", secure.URL, trust(tls.VersionTLS12, ""), "", 200},
		{"unknown authority", secure.URL, nil, retry.TLS, 0},
		{"wrong name", secure.URL, trust(tls.VersionTLS13, "other.test"), retry.TLS, 0},
		{"TLS to a plain port", "https" + plain.URL[4:], trust(tls.VersionTLS13, ""), retry.TLS, 0},
		{"plain to a TLS port", "http" + secure.URL[5:], nil, "", 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			over(t, func(t *testing.T, w *network) {
				c := w.client(t, 1, tt.change)
				for range 3 {
					a := c.Post(t.Context(), tt.url, "", jsonWithKey).Last()
					if a.Class != tt.class || a.Status != tt.status || a.Sent != (tt.class == "") {
						t.Errorf("ended with class %q status %d sent %v (%v), want %q %d", a.Class, a.Status, a.Sent, a.Err, tt.class, tt.status)
					}
					if a.Status == 200 && string(a.Body) != "HTTP/1.1" {
						t.Errorf("spoken over %s, want HTTP/1.1", a.Body)
					}
				}
				if want := int64(1); tt.status == 200 && w.opened.Load() != want {
					t.Errorf("%d connections opened, want %d", w.opened.Load(), want)
				}
			})
		})
	}
}

// A TLS connection that the server closed while it was idle, with an alert, is not
// used again.
func TestIdleTLSConnections(t *testing.T) {
	var last atomic.Pointer[net.Conn]
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { io.WriteString(rw, "{}") }))
	secure.Config.ConnState = func(c net.Conn, s http.ConnState) { last.Store(&c) }
	secure.StartTLS()
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	over(t, func(t *testing.T, w *network) {
		c := w.client(t, 1, func(p *http.Transport) { p.TLSClientConfig = &tls.Config{RootCAs: roots} })
		if a := c.Post(t.Context(), secure.URL, "", jsonWithKey).Last(); !a.OK() || w.opened.Load() != 1 {
			t.Fatalf("first: %v (%v) over %d connections, want one", a, a.Err, w.opened.Load())
		}
		(*last.Load()).Close() // with an alert
		w.settle(true)
		if a := c.Post(t.Context(), secure.URL, "", jsonWithKey).Last(); !a.OK() || w.opened.Load() != 2 {
			t.Errorf("second: %v (%v) over %d connections, want a second", a, a.Err, w.opened.Load())
		}
	})
}

func TestProxies(t *testing.T) {
	var asked atomic.Pointer[string]
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		uri := r.Method + " " + r.RequestURI
		asked.Store(&uri)
		if r.Method == http.MethodConnect {
			rw.WriteHeader(http.StatusForbidden)
		}
	}))
	defer proxy.Close()
	over(t, func(t *testing.T, w *network) {
		via := func(p *http.Transport) {
			p.Proxy = func(r *http.Request) (u *neturl.URL, err error) {
				if r.URL.Hostname() == "direct.test" {
					return nil, nil
				}
				return r.URL.Parse(proxy.URL)
			}
		}
		c := w.client(t, 2, via)
		for range 3 {
			a := c.Post(t.Context(), "http://shop.test/purchase", "", jsonWithKey).Last()
			if !a.OK() || !a.Sent || *asked.Load() != "POST http://shop.test/purchase" {
				t.Errorf("ended with %v (%v), the proxy was asked %s", a, a.Err, *asked.Load())
			}
		}
		if w.opened.Load() != 1 {
			t.Errorf("%d connections to the proxy, want 1", w.opened.Load())
		}
		if a := c.Post(t.Context(), "https://shop.test/", "", jsonWithKey).Last(); a.Class != retry.Transport || a.Sent || *asked.Load() != "CONNECT shop.test:443" {
			t.Errorf("ended with class %q sent %v (%v), the proxy was asked %s", a.Class, a.Sent, a.Err, *asked.Load())
		}
		if a := c.Post(t.Context(), "http://direct.test/", "", jsonWithKey).Last(); a.Class != retry.DNS {
			t.Errorf("ended with class %q (%v), want the name itself looked up", a.Class, a.Err)
		}
	})
}

func TestHowConnectionsFail(t *testing.T) {
	for _, tt := range []struct {
		name, url string
		class     retry.Class
	}{
		{"no listener", "http://" + closedPort, retry.Refused},
		{"no listener, TLS", "https://" + closedPort, retry.Refused},
		{"no such host", "http://no-such-host.invalid/", retry.DNS},
		{"closed in the handshake", "https" + h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { in.Peek(1); in.Discard(in.Buffered()) })[4:], retry.EOF},
		{"reset in the handshake", "https" + h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { in.Peek(1); c.SetLinger(0) })[4:], retry.Reset},
		{"closed at once", h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { h1.ReadRequest(in) }), retry.EOF},
		{"reset at once", h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { h1.ReadRequest(in); c.SetLinger(0) }), retry.Reset},
	} {
		a := agree(t, tt.name, func(w *network) retry.Attempt {
			return w.client(t, 1, nil).Post(t.Context(), tt.url, "", jsonWithKey).Last()
		})
		if a.Class != tt.class || a.Sent != strings.Contains(tt.name, "at once") {
			t.Errorf("%s: class %q sent %v (%v), want %q", tt.name, a.Class, a.Sent, a.Err, tt.class)
		}
	}
}

// What the system refuses keeps its class.
func TestHowDiallingFails(t *testing.T) {
	for errno, class := range map[syscall.Errno]retry.Class{
		syscall.EMFILE: retry.FDLimit, syscall.ENFILE: retry.FDLimit, syscall.EADDRNOTAVAIL: retry.Ports, syscall.ECONNREFUSED: retry.Refused, syscall.ENETUNREACH: retry.Transport,
	} {
		a := agree(t, errno.Error(), func(w *network) retry.Attempt {
			c := w.client(t, 1, func(p *http.Transport) {
				p.DialContext = func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", errno)}
				}
			})
			if a := c.Post(t.Context(), "http://127.0.0.1:1/", "", jsonWithKey).Last(); a.Class != class {
				t.Errorf("%v: class %q at first, want %q", errno, a.Class, class)
			}
			return c.Post(t.Context(), "http://127.0.0.1:1/", "", jsonWithKey).Last() // its place was given back
		})
		if a.Class != class || a.Sent {
			t.Errorf("%v: class %q sent %v, want %q", errno, a.Class, a.Sent, class)
		}
	}
}
