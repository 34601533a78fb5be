package retry

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"sagalab/pkg/internal/oserr"
)

// leanConn is a connection of lean's. One goroutine at a time has it.
type leanConn struct {
	lean   *lean
	host   *leanHost
	wire   *wire
	net    net.Conn // wire, or TLS over it
	in     *bufio.Reader
	out    []byte // the last request, for its room
	left   int64  // what may still be read of an answer's header
	since  time.Time
	reused bool
	// interrupt ends what is under way, by a deadline that has passed. It is
	// called by another goroutine when a request's context ends; a connection
	// that it was called for is never used again.
	interrupt func()
	wrote     chan error // the end of a request that is written beside; else nil
	broken    bool       // whether writing failed
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// open opens a connection in a place that was taken for it.
func (l *lean) open(ctx context.Context, h *leanHost) (*leanConn, error) {
	if l.shared.Load() {
		l.standard.CloseIdleConnections() // which have no place
	}
	c, err := l.connect(ctx, h)
	if err == nil {
		return c, nil
	}
	l.free(h)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, err
}

func (l *lean) connect(ctx context.Context, h *leanHost) (*leanConn, error) {
	raw, err := l.dial(ctx, "tcp", h.at.addr)
	if err != nil {
		return nil, err
	}
	w := newWire(raw)
	c := &leanConn{lean: l, host: h, wire: w, net: w}
	if h.at.secure {
		if c.net, err = l.handshake(ctx, w, h.at.addr); err != nil {
			raw.Close()
			return nil, err
		}
	}
	c.in = bufio.NewReader(c)
	c.interrupt = func() { c.net.SetDeadline(longAgo) }
	return c, nil
}

// handshake makes TLS of w, for HTTP/1.1 only.
func (l *lean) handshake(ctx context.Context, w net.Conn, addr string) (net.Conn, error) {
	config := l.tls.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.NextProtos = []string{"http/1.1"}
	if config.ServerName == "" {
		name, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		config.ServerName = name
	}
	c := tls.Client(w, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	if p := c.ConnectionState().NegotiatedProtocol; p != "" && p != "http/1.1" {
		return nil, fmt.Errorf("tls: %s chose the protocol %q, which was not offered", addr, p)
	}
	return c, nil
}

// alive looks, without waiting, whether an idle connection can take a request:
// the server has not closed it and has sent nothing unasked.
func (c *leanConn) alive() bool {
	var one [1]byte
	c.wire.peeking = true
	n, err := c.net.Read(one[:])
	c.wire.peeking = false
	return n == 0 && err == errNothingYet
}

// Read is for in only: it bounds the header.
func (c *leanConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errHeaderTooLarge
	}
	n, err := c.net.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// send writes req and reads its answer's header. The body that it returns gives
// the connection back.
func (c *leanConn) send(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	out, err := appendRequest(c.out[:0], req)
	if err != nil {
		c.lean.put(c)
		return nil, err
	}
	if len(out) <= leanBlocking {
		c.out = out
	}
	stop := context.AfterFunc(ctx, c.interrupt)
	gotConn(ctx, c)
	resp, err := c.exchange(req, out)
	if err != nil {
		stop()
		c.lean.drop(c)
		return nil, because(ctx, err)
	}
	c.hand(resp, ctx, stop)
	return resp, nil
}

// because is why a request failed: with err, unless its context ended it.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// exchange writes a request and reads the answer, which may have come although
// the server closed the connection before it had read all of the request.
func (c *leanConn) exchange(req *http.Request, out []byte) (*http.Response, error) {
	if len(out) > leanBlocking {
		return c.exchangeLarge(req, out)
	}
	_, lost := c.net.Write(out)
	if lost != nil {
		if !oserr.ConnectionReset(lost) {
			return nil, lost
		}
		c.broken = true
	}
	resp, err := c.readAnswer(req)
	if err != nil && lost != nil && !refusedByPeer(err) {
		err = lost
	}
	return resp, err
}

// exchangeLarge writes beside reading.
func (c *leanConn) exchangeLarge(req *http.Request, out []byte) (*http.Response, error) {
	wrote := make(chan error, 1)
	c.wrote = wrote
	go func() {
		_, err := c.net.Write(out)
		if err != nil && !oserr.ConnectionReset(err) {
			c.wire.Close() // no answer can be waited for
		}
		wrote <- err
	}()
	resp, err := c.readAnswer(req)
	if err != nil {
		c.wire.Close()
		if lost := <-wrote; lost != nil && !errors.Is(lost, net.ErrClosed) && !refusedByPeer(err) {
			err = lost
		}
	}
	return resp, err
}

// written reports whether the request has been written whole, which a server
// that answered early may have prevented. It waits as long as net/http does for
// the goroutine that wrote it.
func (c *leanConn) written() bool {
	if c.wrote == nil {
		return !c.broken
	}
	select {
	case err := <-c.wrote:
		c.wrote = nil
		return err == nil
	case <-time.After(50 * time.Millisecond):
		return false
	}
}
