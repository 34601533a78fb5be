package h1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
)

var (
	errHeaderTooLarge = fmt.Errorf("header of the answer is larger than %d bytes", maxResponseHeader)
	errBodyClosed     = errors.New("body of the answer is closed")
)

// readResponse reads the header of the answer to req, past interim ones, which
// count towards the limit of the header's size.
func (c *conn) readResponse(req *http.Request) (*http.Response, error) {
	c.headerLeft = maxResponseHeader
	if _, err := c.in.Peek(1); err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", c.host.at.addr, err)
	}
	for {
		resp, err := http.ReadResponse(c.in, req)
		if err != nil {
			return nil, fmt.Errorf("reading the answer of %s: %w", c.host.at.addr, err)
		}
		switch {
		case resp.StatusCode == http.StatusSwitchingProtocols: // unasked: what follows is unknown
			resp.Body, resp.Close = io.NopCloser(c.in), true
		case resp.StatusCode < 200 && resp.StatusCode >= 100:
			continue
		}
		c.headerLeft = math.MaxInt64
		return resp, nil
	}
}

// attachBody makes resp's body give c back at its end, or gives c back at once when
// there is no body.
func (c *conn) attachBody(resp *http.Response, ctx context.Context, stop func() bool) {
	b := &body{conn: c, content: resp.Body, ctx: ctx, stop: stop, keep: !resp.Close && resp.StatusCode >= 200}
	if resp.Body == http.NoBody {
		b.finish(true)
		return
	}
	resp.Body = b
}

// body is an answer's body, which has the connection until its end.
type body struct {
	conn    *conn // nil when it was given back
	content io.Reader
	ctx     context.Context
	stop    func() bool // of conn.interrupt
	keep    bool        // whether the connection outlives the answer
	err     error       // what ended it
}

// Read gives the connection back at the end.
func (b *body) Read(p []byte) (int, error) {
	if b.conn == nil {
		return 0, b.err
	}
	n, err := b.content.Read(p)
	if err != nil {
		b.err = err
		if err != io.EOF {
			b.err = causeOf(b.ctx, err)
		}
		b.finish(err == io.EOF)
	}
	return n, b.err
}

// Close closes the connection unless the body was read to its end: reading on
// would take as long as the server likes.
func (b *body) Close() error {
	if b.conn != nil {
		b.err = errBodyClosed
		b.finish(false)
	}
	return nil
}

// finish gives the connection back. It is kept when the answer was whole, nothing
// came after it, and its context did not end: an interruption may then be yet to
// come.
func (b *body) finish(whole bool) {
	c := b.conn
	b.conn = nil
	uninterrupted := b.stop()
	switch {
	case !uninterrupted, !whole, !c.written():
		c.transport.abort(c)
	case b.keep && c.in.Buffered() == 0:
		c.transport.release(c)
	default:
		c.transport.closeIdle(c)
	}
}
