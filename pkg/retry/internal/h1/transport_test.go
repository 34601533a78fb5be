package h1_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/retry"
	"sagalab/pkg/retry/internal/h1"
)

// idleCloser is a transport that keeps connections.
type idleCloser interface {
	http.RoundTripper
	CloseIdleConnections()
}

// network makes a transport under test and sees its connections.
type network struct {
	own    bool // Transport, otherwise net/http's
	made   idleCloser
	opened atomic.Int64
	closed atomic.Int64
}

type seenConn struct {
	*net.TCPConn
	once sync.Once
	over *network
}

func (c *seenConn) Close() error {
	c.once.Do(func() { c.over.closed.Add(1) })
	return c.TCPConn.Close()
}

// transport makes one for n connections; change may be nil.
func (w *network) transport(t *testing.T, n int, change func(*http.Transport)) idleCloser {
	t.Helper()
	p := h1.NewStandard(n, nil)
	p.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		w.opened.Add(1)
		return &seenConn{TCPConn: c.(*net.TCPConn), over: w}, nil
	}
	if change != nil {
		change(p)
	}
	w.made = p
	if w.own {
		w.made = h1.New(n, p)
	}
	t.Cleanup(w.made.CloseIdleConnections)
	return w.made
}

// closedPort is an address on which nothing listens. The system gives the number to no
// listener on port 0, as it may do with one that was just closed.
const closedPort = "127.0.0.1:1"

func jsonWithKey(key string) []byte { return fmt.Appendf(nil, `{"idempotency_key":%q}`, key) }

// newClient makes one that is closed at the end; without a policy it makes single
// attempts.
func newClient(t *testing.T, c retry.Config) *retry.Client {
	t.Helper()
	if c.Policy.MaxAttempts == 0 {
		c.Policy = retry.Policy{MaxAttempts: 1, AttemptTimeout: 10 * time.Second}
	}
	cl, err := retry.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// client is one over a transport of n connections, with single attempts.
func (w *network) client(t *testing.T, n int, change func(*http.Transport)) *retry.Client {
	t.Helper()
	return newClient(t, retry.Config{Base: w.transport(t, n, change), Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 20 * time.Second}})
}

// settle waits until the transport can know what its idle connections became.
func (w *network) settle(dead bool) {
	if !dead {
		return
	}
	for {
		l, ok := w.made.(*h1.Transport)
		if !ok {
			if w.opened.Load() == w.closed.Load() {
				return
			}
		} else if !l.AnyAlive() {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// over runs f over net/http's transport and over Transport: they must agree.
func over(t *testing.T, f func(t *testing.T, w *network)) {
	for _, own := range []bool{false, true} {
		name := "standard"
		if own {
			name = "h1"
		}
		t.Run(name, func(t *testing.T) { f(t, &network{own: own}) })
	}
}

func TestConnectionsAreKeptAndShared(t *testing.T) {
	for _, tt := range []struct{ workers, connections int }{{1, 1}, {8, 8}, {8, 3}, {3, 8}} {
		over(t, func(t *testing.T, w *network) {
			var busy, most atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				n := busy.Add(1)
				defer busy.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				io.Copy(rw, r.Body)
			}))
			defer server.Close()
			c := w.client(t, tt.connections, nil)
			var wg sync.WaitGroup
			for range tt.workers {
				wg.Go(func() {
					for range 40 {
						o := c.Post(t.Context(), server.URL, "", jsonWithKey)
						if a := o.Last(); !a.OK() || string(a.Body) != string(jsonWithKey(o.Key)) {
							t.Errorf("answer %s (%v), want this operation's own", a.Body, a)
						}
					}
				})
			}
			wg.Wait()
			bound := int64(min(tt.workers, tt.connections))
			if w.own && w.opened.Load() > bound || w.opened.Load() > int64(tt.connections) || most.Load() > bound {
				t.Errorf("%d workers, %d connections: %d opened, %d busy at once; want at most %d", tt.workers, tt.connections, w.opened.Load(), most.Load(), bound)
			}
		})
	}
}

func TestWaitingForAConnectionIsBounded(t *testing.T) {
	over(t, func(t *testing.T, w *network) {
		arrived, release := make(chan struct{}), make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			arrived <- struct{}{}
			<-release
		}))
		defer server.Close()
		c := w.client(t, 1, nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			if a := c.Post(t.Context(), server.URL, "", jsonWithKey).Last(); !a.OK() {
				t.Errorf("the first ended with %v", a)
			}
		})
		<-arrived
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if a := c.Post(ctx, server.URL, "", jsonWithKey).Last(); a.Class != retry.Interrupted || a.Sent {
			t.Errorf("waiting ended with class %q, sent %v; want it interrupted and not sent", a.Class, a.Sent)
		}
		release <- struct{}{}
		wg.Wait()
		wg.Go(func() { <-arrived; release <- struct{}{} })
		if a := c.Post(t.Context(), server.URL, "", jsonWithKey).Last(); !a.OK() {
			t.Errorf("the next ended with %v, want the connection that became free", a)
		}
		wg.Wait()
	})
}

// A connection that the server closed, or wrote to, while it was idle does not affect
// the next request.
func TestStaleConnections(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		after        func(c *net.TCPConn)
	}{
		{"closed", h1.ShortAnswer, nil},
		{"closed as announced", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", nil},
		{"kept open against what was announced", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", func(c *net.TCPConn) { io.Copy(io.Discard, c) }},
		{"reset", h1.ShortAnswer, func(c *net.TCPConn) { c.SetLinger(0) }},
		{"half closed", h1.ShortAnswer, func(c *net.TCPConn) { c.CloseWrite(); io.Copy(io.Discard, c) }},
		{"answer unasked", h1.ShortAnswer, func(c *net.TCPConn) { io.WriteString(c, "HTTP/1.1 500 No\r\n\r\n"); io.Copy(io.Discard, c) }},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			over(t, func(t *testing.T, w *network) {
				read := make(chan struct{})
				var served atomic.Int64
				url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
					if !h1.ReadRequest(in) {
						return
					}
					served.Add(1)
					if n > 0 {
						io.WriteString(c, h1.ShortAnswer)
						h1.AnswerAll(in, c)
						return
					}
					io.WriteString(c, tt.answer)
					<-read
					if tt.after != nil {
						tt.after(c)
					}
				})
				c := w.client(t, 1, nil)
				if a := c.Post(t.Context(), url, "", jsonWithKey).Last(); !a.OK() {
					t.Fatalf("first ended with %v", a)
				}
				close(read)
				w.settle(true)
				if a := c.Post(t.Context(), url, "", jsonWithKey).Last(); !a.OK() || !a.Sent {
					t.Errorf("second ended with %v (%v), want a new connection", a, a.Err)
				}
				if w.opened.Load() != 2 || served.Load() != 2 {
					t.Errorf("%d connections, %d requests; want 2 and 2", w.opened.Load(), served.Load())
				}
			})
		})
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	over(t, func(t *testing.T, w *network) {
		url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { h1.AnswerAll(in, c) })
		c := w.client(t, 4, func(p *http.Transport) { p.IdleConnTimeout = 10 * time.Millisecond })
		for range 3 {
			if a := c.Post(t.Context(), url, "", jsonWithKey).Last(); !a.OK() {
				t.Fatal(a)
			}
			for w.closed.Load() != w.opened.Load() {
				time.Sleep(time.Millisecond)
			}
		}
		if w.opened.Load() == 0 {
			t.Error("no connection was opened")
		}
	})
}

// Nothing is left open, whatever became of the attempts.
func TestNoConnectionIsLeftOpen(t *testing.T) {
	over(t, func(t *testing.T, w *network) {
		url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
			for i := 0; h1.ReadRequest(in); i++ {
				switch (n + i) % 5 {
				case 0:
					return
				case 1:
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
					return
				case 2:
					io.WriteString(c, "nonsense\r\n\r\n")
				case 3:
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n")
				default:
					io.WriteString(c, h1.ShortAnswer)
				}
			}
		})
		c := w.client(t, 4, nil)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for range 30 {
					c.Post(t.Context(), url, "", jsonWithKey)
				}
			})
		}
		wg.Wait()
		w.made.CloseIdleConnections()
		for w.closed.Load() != w.opened.Load() {
			time.Sleep(time.Millisecond) // net/http's goroutines close some
		}
		if l, ok := w.made.(*h1.Transport); ok && l.Hosts() != 0 {
			t.Errorf("places at %d hosts are still taken", l.Hosts())
		}
	})
}

// A context that ends must not interrupt what its connection does next.
func TestContextsEndTheirOwnRequestsOnly(t *testing.T) {
	over(t, func(t *testing.T, w *network) {
		url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) { h1.AnswerAll(in, c) })
		c := w.client(t, 2, nil)
		var wg sync.WaitGroup
		var interrupted atomic.Int64
		for i := range 4 {
			wg.Go(func() {
				for j := range 300 {
					ctx, cancel := context.WithCancel(t.Context())
					if i%2 == 0 {
						go func() {
							for range j % 50 {
								time.Sleep(time.Microsecond)
							}
							cancel()
						}()
					}
					a := c.Post(ctx, url, "", jsonWithKey).Last()
					if a.Class == retry.Interrupted {
						interrupted.Add(1)
					}
					if i%2 == 1 && !a.OK() {
						t.Errorf("an attempt whose context did not end: %v (%v)", a, a.Err)
					}
					cancel()
				}
			})
		}
		wg.Wait()
		t.Logf("%d interrupted", interrupted.Load())
	})
}

// A request that goes to the standard transport takes the place of a connection.
func TestBothTransportsShareTheBound(t *testing.T) {
	var busy, most, bodies atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n := busy.Add(1)
		defer busy.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if b, _ := io.ReadAll(r.Body); string(b) == "body" {
			bodies.Add(1)
		}
		io.WriteString(rw, "{}")
	}))
	defer server.Close()
	w := &network{own: true}
	k := w.transport(t, 2, nil)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for j := range 40 {
				var body io.Reader = strings.NewReader("body")
				if (i+j)%2 == 0 {
					body = io.MultiReader(body) // of unknown length
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := k.RoundTrip(req)
				if err != nil {
					t.Error(err)
					return
				}
				if b, err := io.ReadAll(resp.Body); string(b) != "{}" || err != nil {
					t.Errorf("answer %q, %v", b, err)
				}
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
	if most.Load() > 2 || bodies.Load() != 240 {
		t.Errorf("%d requests at once, %d bodies arrived; want at most 2, and 240", most.Load(), bodies.Load())
	}
	k.CloseIdleConnections()
	if l := k.(*h1.Transport); l.Hosts() != 0 {
		t.Errorf("places at %d hosts are still taken", l.Hosts())
	}
}

// Attempts recorded are attempts that the server saw, although it drops a share
// of the connections after it has read the request.
func TestNoAttemptIsHiddenByDrops(t *testing.T) {
	over(t, func(t *testing.T, w *network) {
		var saw, recorded atomic.Int64
		url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
			for h1.ReadRequest(in) {
				switch saw.Add(1) % 7 {
				case 0:
					return
				case 3:
					c.SetLinger(0)
					return
				}
				io.WriteString(c, h1.ShortAnswer)
			}
		})
		c := newClient(t, retry.Config{Base: w.transport(t, 8, nil), Policy: retry.Policy{MaxAttempts: 3, AttemptTimeout: 20 * time.Second}})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 60 {
					recorded.Add(int64(len(c.Post(t.Context(), url, "", jsonWithKey).Attempts)))
				}
			})
		}
		if w.own { // net/http sends these twice by itself
			wg.Go(func() {
				for range 60 {
					recorded.Add(int64(len(c.Get(t.Context(), url).Attempts)))
					recorded.Add(int64(len(c.Put(t.Context(), url, []byte(`{}`)).Attempts)))
				}
			})
		}
		wg.Wait()
		if saw.Load() != recorded.Load() || saw.Load() <= 480 {
			t.Errorf("%d attempts recorded, the server saw %d; want the same", recorded.Load(), saw.Load())
		}
	})
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	const secret = "s3cr3t-token"
	url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
		if h1.ReadRequest(in) && n%2 == 0 {
			io.WriteString(c, "HTTP/1.1 2x0 what\r\n\r\n")
		}
	})
	over(t, func(t *testing.T, w *network) {
		for _, tt := range []struct{ url, value string }{
			{url, secret}, {url, secret}, {"http://" + closedPort, secret}, {"https" + url[4:], secret},
			{url, secret + "\r\nInjected: 1"}, {url, secret + "\x00"},
		} {
			c := newClient(t, retry.Config{Base: w.transport(t, 1, nil), Header: http.Header{"Authorization": {tt.value}}})
			o := c.Post(t.Context(), tt.url, "", jsonWithKey)
			if o.Err == nil || strings.Contains(fmt.Sprint(o.Err, o.Last().Err, o.Last()), secret) {
				t.Errorf("%s: error %v, want one without the secret", tt.url, o.Err)
			}
		}
	})
}

func TestEndedContextSendsNothing(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	over(t, func(t *testing.T, w *network) {
		k := w.transport(t, 1, nil)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+closedPort, nil)
		if _, err := k.RoundTrip(req); !errors.Is(err, stopped) || w.opened.Load() != 0 {
			t.Errorf("error %v, %d connections opened; want the cause and none", err, w.opened.Load())
		}
	})
}
