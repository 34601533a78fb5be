package retry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
)

var (
	errHeaderTooLarge = fmt.Errorf("header of the answer is larger than %d bytes", headerLimit)
	errBodyClosed     = errors.New("body of the answer is closed")
)

// readAnswer reads the header of the answer to req, past interim ones, which
// count towards the limit of the header's size.
func (c *leanConn) readAnswer(req *http.Request) (*http.Response, error) {
	c.left = headerLimit
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
		c.left = math.MaxInt64
		return resp, nil
	}
}

// hand lets resp's body give c back, at once when it has none.
func (c *leanConn) hand(resp *http.Response, ctx context.Context, stop func() bool) {
	b := &leanBody{conn: c, body: resp.Body, ctx: ctx, stop: stop, keep: !resp.Close && resp.StatusCode >= 200}
	if resp.Body == http.NoBody {
		b.end(true)
		return
	}
	resp.Body = b
}

// leanBody is an answer's body, which has the connection until its end.
type leanBody struct {
	conn *leanConn // nil when it was given back
	body io.Reader
	ctx  context.Context
	stop func() bool // of conn.interrupt
	keep bool        // whether the connection outlives the answer
	err  error       // what ended it
}

// Read gives the connection back at the end.
func (b *leanBody) Read(p []byte) (int, error) {
	if b.conn == nil {
		return 0, b.err
	}
	n, err := b.body.Read(p)
	if err != nil {
		b.err = err
		if err != io.EOF {
			b.err = because(b.ctx, err)
		}
		b.end(err == io.EOF)
	}
	return n, b.err
}

// Close closes the connection unless the body was read to its end: reading on
// would take as long as the server likes.
func (b *leanBody) Close() error {
	if b.conn != nil {
		b.err = errBodyClosed
		b.end(false)
	}
	return nil
}

// end gives the connection back: to be kept when the answer was whole, nothing
// came after it, and its context did not end, which may yet interrupt whatever
// is done with it.
func (b *leanBody) end(whole bool) {
	c := b.conn
	b.conn = nil
	going := b.stop()
	switch {
	case !going, !whole, !c.written():
		c.lean.drop(c)
	case b.keep && c.in.Buffered() == 0:
		c.lean.put(c)
	default:
		c.lean.retire(c)
	}
}
