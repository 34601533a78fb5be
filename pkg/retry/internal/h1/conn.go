package h1

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

// conn is a connection of a Transport. One goroutine at a time has it.
type conn struct {
	transport  *Transport
	host       *host
	raw        *peekConn
	net        net.Conn // raw, or TLS over it
	in         *bufio.Reader
	out        []byte // the last request, kept for its capacity
	headerLeft int64  // bytes that may still be read of an answer's header
	idleSince  time.Time
	reused     bool
	// interrupt ends what is under way, by a deadline that has passed. It is
	// called by another goroutine when a request's context ends; a connection
	// that it was called for is never used again.
	interrupt   func()
	writeDone   chan error // the end of a request that a goroutine writes; otherwise nil
	writeFailed bool
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// open opens a connection in a place that was taken for it.
func (t *Transport) open(ctx context.Context, h *host) (*conn, error) {
	if t.usedStandard.Load() {
		t.standard.CloseIdleConnections() // which have no place
	}
	c, err := t.connect(ctx, h)
	if err == nil {
		return c, nil
	}
	t.freePlace(h)
	return nil, causeOf(ctx, err)
}

func (t *Transport) connect(ctx context.Context, h *host) (*conn, error) {
	dialled, err := t.dial(ctx, "tcp", h.at.addr)
	if err != nil {
		return nil, err
	}
	raw := newPeekConn(dialled)
	c := &conn{transport: t, host: h, raw: raw, net: raw}
	if h.at.secure {
		if c.net, err = t.handshake(ctx, raw, h.at.addr); err != nil {
			raw.Close()
			return nil, err
		}
	}
	c.in = bufio.NewReader(headerBound{c})
	c.interrupt = func() { c.net.SetDeadline(past) }
	return c, nil
}

// handshake makes TLS of raw, for HTTP/1.1 only.
func (t *Transport) handshake(ctx context.Context, raw net.Conn, addr string) (net.Conn, error) {
	config := t.tls.Clone()
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
	c := tls.Client(raw, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	if p := c.ConnectionState().NegotiatedProtocol; p != "" && p != "http/1.1" {
		return nil, fmt.Errorf("tls: %s chose the protocol %q, which was not offered", addr, p)
	}
	return c, nil
}

// alive reports, without waiting, whether an idle connection can take a request:
// the server has not closed it and has sent nothing unasked.
func (c *conn) alive() bool {
	var one [1]byte
	c.raw.peeking = true
	n, err := c.net.Read(one[:])
	c.raw.peeking = false
	return n == 0 && err == errWouldBlock
}

// headerBound reads from a connection, headerLeft bytes at most.
type headerBound struct{ *conn }

func (b headerBound) Read(p []byte) (int, error) {
	c := b.conn
	if c.headerLeft <= 0 {
		return 0, errHeaderTooLarge
	}
	n, err := c.net.Read(p[:min(int64(len(p)), c.headerLeft)])
	c.headerLeft -= int64(n)
	return n, err
}

// roundTrip writes req and reads its answer's header. The body that it returns
// gives the connection back.
func (c *conn) roundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	out, err := appendRequest(c.out[:0], req)
	if err != nil {
		c.transport.release(c)
		return nil, err
	}
	if len(out) <= maxInlineWrite {
		c.out = out
	}
	stop := context.AfterFunc(ctx, c.interrupt)
	traceGotConn(ctx, c)
	resp, err := c.exchange(req, out)
	if err != nil {
		stop()
		c.transport.abort(c)
		return nil, causeOf(ctx, err)
	}
	c.attachBody(resp, ctx, stop)
	return resp, nil
}

// causeOf returns why a request failed: with err, unless its context ended it.
func causeOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// exchange writes a request and reads the answer, which may have come although
// the server closed the connection before it had read all of the request.
func (c *conn) exchange(req *http.Request, out []byte) (*http.Response, error) {
	if len(out) > maxInlineWrite {
		return c.exchangeLarge(req, out)
	}
	_, writeErr := c.net.Write(out)
	if writeErr != nil {
		if !oserr.ConnectionReset(writeErr) {
			return nil, writeErr
		}
		c.writeFailed = true
	}
	resp, err := c.readResponse(req)
	if err != nil && writeErr != nil && !RemoteAlert(err) {
		err = writeErr
	}
	return resp, err
}

// exchangeLarge writes the request in a goroutine while it reads the answer.
func (c *conn) exchangeLarge(req *http.Request, out []byte) (*http.Response, error) {
	writeDone := make(chan error, 1)
	c.writeDone = writeDone
	go func() {
		_, err := c.net.Write(out)
		if err != nil && !oserr.ConnectionReset(err) {
			c.raw.Close() // no answer can be waited for
		}
		writeDone <- err
	}()
	resp, err := c.readResponse(req)
	if err != nil {
		c.raw.Close()
		if writeErr := <-writeDone; writeErr != nil && !errors.Is(writeErr, net.ErrClosed) && !RemoteAlert(err) {
			err = writeErr
		}
	}
	return resp, err
}

// written reports whether the request has been written whole, which a server
// that answered early may have prevented. It waits as long as net/http does for
// the goroutine that writes it.
func (c *conn) written() bool {
	if c.writeDone == nil {
		return !c.writeFailed
	}
	select {
	case err := <-c.writeDone:
		c.writeDone = nil
		return err == nil
	case <-time.After(50 * time.Millisecond):
		return false
	}
}

// RemoteAlert reports whether err is a TLS alert with which the server ended the
// connection, such as for a client certificate that it does not accept.
func RemoteAlert(err error) bool {
	op := new(net.OpError)
	return errors.As(err, &op) && op.Op == "remote error"
}
