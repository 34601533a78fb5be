package retry

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// leanBodyLimit is the largest request body that lean holds in memory.
	leanBodyLimit = 16 << 20 // bytes
	// leanBlocking is the largest request that is written before the answer is
	// waited for: it fits into a socket's buffer, so that a server that answers
	// without reading it cannot block the answer. A larger one takes a goroutine.
	leanBlocking = 32 << 10 // bytes
)

// lean is an http.RoundTripper that writes a request and reads its answer in the
// goroutine of the caller, over connections that it keeps: it saves the two
// goroutines that http.Transport has for each connection, and their hand-overs.
//
// It speaks HTTP/1.1 over TCP and TLS. What else a request may ask for (a proxy,
// an upgrade, trailers, a body of unknown length; see ordinary) goes to standard,
// before anything is sent and within the same bound of connections.
//
// It never sends a request twice: a reused connection is looked at first, and
// what fails after that is the attempt's own failure.
//
// Of a request's httptrace it calls GotConn only, and it leaves Response.TLS nil.
// An answer's body is for one goroutine, and to be closed or read to its end
// before the request's context ends. lean itself is safe for concurrent use.
type lean struct {
	limit       int           // connections to a host
	idleTimeout time.Duration // 0 keeps them
	tls         *tls.Config   // nil is the zero Config
	proxy       func(*http.Request) (*url.URL, error)
	dial        func(ctx context.Context, network, addr string) (net.Conn, error)
	standard    *http.Transport
	shared      atomic.Bool // whether standard may have idle connections

	mu      sync.Mutex
	hosts   map[endpoint]*leanHost
	closing bool        // close what becomes idle
	sweeper *time.Timer // nil when nothing is idle
}

// newLean is one that opens at most n connections to a host and hands what it
// does not do to standard, whose settings for dialling, TLS, proxies and idle connections it takes.
func newLean(n int, standard *http.Transport) *lean {
	l := &lean{
		limit:       n,
		idleTimeout: standard.IdleConnTimeout,
		tls:         standard.TLSClientConfig,
		proxy:       standard.Proxy,
		dial:        standard.DialContext,
		standard:    standard,
		hosts:       map[endpoint]*leanHost{},
	}
	if l.dial == nil {
		l.dial = new(net.Dialer).DialContext
	}
	return l
}

// RoundTrip sends req and returns the answer to it; see lean.
func (l *lean) RoundTrip(req *http.Request) (*http.Response, error) {
	at, ok := l.ordinary(req)
	if !ok {
		return l.overStandard(req)
	}
	c, err := l.get(req.Context(), at)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	return c.send(req)
}

// get returns a connection that is alive, perhaps a new one, for one request.
func (l *lean) get(ctx context.Context, at endpoint) (*leanConn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		h, c, err := l.take(ctx, at)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return l.open(ctx, h)
		}
		if c.alive() {
			return c, nil
		}
		l.drop(c)
	}
}

// overStandard hands req to the standard transport, within the bound: it takes
// the place of one connection until its answer has been read.
func (l *lean) overStandard(req *http.Request) (*http.Response, error) {
	at, ok := endpointOf(req.URL)
	if !ok {
		return l.standard.RoundTrip(req) // which refuses it
	}
	h, c, err := l.take(req.Context(), at)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if c != nil {
		c.net.Close()
	}
	l.shared.Store(true)
	resp, err := l.standard.RoundTrip(req)
	if err != nil {
		l.free(h)
		return nil, err
	}
	resp.Body = borrowed(resp.Body, func() { l.free(h) })
	return resp, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// gotConn tells the request's trace that it has c, and that its first byte is
// about to leave.
func gotConn(ctx context.Context, c *leanConn) {
	if t := httptrace.ContextClientTrace(ctx); t != nil && t.GotConn != nil {
		t.GotConn(httptrace.GotConnInfo{Conn: c.net, Reused: c.reused, WasIdle: c.reused})
	}
}
