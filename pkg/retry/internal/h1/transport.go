// Package h1 sends HTTP/1.1 requests without goroutines of its own.
//
// A Transport writes a request and reads its answer in the goroutine of the
// caller, over connections that it keeps. It saves the two goroutines that
// http.Transport has for each connection, and their hand-overs, which take about a
// quarter of a purchase's processor time: a recorded purchase takes 1.2 times that
// of a bare net/http request over http.Transport with 50 virtual users and 1.3 times
// with 200, over this one 0.95 times (BenchmarkAgainstNetHTTP in internal/runner).
//
// It never sends a request twice: it checks first that a reused connection is alive,
// and what fails after that is the attempt's own failure. http.Transport
// sends a GET or a PUT again by itself when a reused connection dies, which no
// record shows.
package h1

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
	// maxRequestBody is the largest request body that is held in memory.
	maxRequestBody = 16 << 20 // bytes
	// maxInlineWrite is the largest request that is written before its answer is
	// read: it fits into a socket's buffer, so that a server that answers without
	// reading it cannot block the answer. A larger one is written by a goroutine.
	maxInlineWrite = 32 << 10 // bytes
)

// Transport is an http.RoundTripper for HTTP/1.1 over TCP and TLS. A request that
// needs more (a proxy, an upgrade, trailers, a body of unknown length; see
// accepts) goes to an http.Transport, before anything is sent and within the same
// bound of connections.
//
// Of a request's httptrace it calls GotConn only, and it leaves Response.TLS nil.
// An answer's body is for one goroutine, and must be closed or read to its end
// before the request's context ends. A Transport is safe for concurrent use.
type Transport struct {
	limit        int           // connections to a host
	idleTimeout  time.Duration // 0 keeps them
	tls          *tls.Config   // nil is the zero Config
	proxy        func(*http.Request) (*url.URL, error)
	dial         func(ctx context.Context, network, addr string) (net.Conn, error)
	standard     *http.Transport
	usedStandard atomic.Bool // whether standard may have idle connections

	mu      sync.Mutex
	hosts   map[endpoint]*host
	closing bool        // close what becomes idle
	sweeper *time.Timer // closes expired connections; nil when nothing is idle
}

// New makes a Transport that opens at most n connections to a host and hands what
// it does not do to standard, whose settings for dialling, TLS, proxies and idle
// connections it takes. Where Supported is false it must not be used.
func New(n int, standard *http.Transport) *Transport {
	t := &Transport{
		limit:       n,
		idleTimeout: standard.IdleConnTimeout,
		tls:         standard.TLSClientConfig,
		proxy:       standard.Proxy,
		dial:        standard.DialContext,
		standard:    standard,
		hosts:       map[endpoint]*host{},
	}
	if t.dial == nil {
		t.dial = new(net.Dialer).DialContext
	}
	return t
}

// RoundTrip sends req once and returns its answer. When req's context ends, the
// error is the context's cause.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	to, ok := t.accepts(req)
	if !ok {
		return t.sendOverStandard(req)
	}
	c, err := t.liveConn(req.Context(), to)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	return c.roundTrip(req)
}

// liveConn returns a connection that is alive, perhaps a new one, for one request.
func (t *Transport) liveConn(ctx context.Context, to endpoint) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		h, c, err := t.acquire(ctx, to)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return t.open(ctx, h)
		}
		if c.alive() {
			return c, nil
		}
		t.abort(c)
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// traceGotConn calls GotConn of the request's trace: the request has c, and its
// first byte is about to leave.
func traceGotConn(ctx context.Context, c *conn) {
	if t := httptrace.ContextClientTrace(ctx); t != nil && t.GotConn != nil {
		t.GotConn(httptrace.GotConnInfo{Conn: c.net, Reused: c.reused, WasIdle: c.reused})
	}
}
