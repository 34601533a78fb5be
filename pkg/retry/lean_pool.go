package retry

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"
)

// leanHost is what lean has of one host; lean.mu guards it.
type leanHost struct {
	at endpoint
	// open counts the places taken: by connections, busy or idle, by those being
	// opened, and by requests that the standard transport has.
	open    int
	idle    []*leanConn      // the one used last at the end
	waiting []chan *leanConn // the longest first; nil sent is a place to open one
}

// take returns an idle connection, the one used last, or nil for a place in
// which to open one; it waits for either until ctx ends.
func (l *lean) take(ctx context.Context, at endpoint) (*leanHost, *leanConn, error) {
	l.mu.Lock()
	l.closing = false
	h := l.hosts[at]
	if h == nil {
		h = &leanHost{at: at}
		l.hosts[at] = h
	}
	if last := len(h.idle) - 1; last >= 0 {
		c := h.idle[last]
		h.idle[last], h.idle = nil, h.idle[:last]
		l.mu.Unlock()
		return h, c, nil
	}
	if h.open < l.limit {
		h.open++
		l.mu.Unlock()
		return h, nil, nil
	}
	turn := make(chan *leanConn, 1)
	h.waiting = append(h.waiting, turn)
	l.mu.Unlock()
	select {
	case c := <-turn:
		return h, c, nil
	case <-ctx.Done():
		l.leave(h, turn)
		return nil, nil, context.Cause(ctx)
	}
}

// leave gives up waiting, and gives back what was granted meanwhile.
func (l *lean) leave(h *leanHost, turn chan *leanConn) {
	l.mu.Lock()
	if i := slices.Index(h.waiting, turn); i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
		l.mu.Unlock()
		return
	}
	l.mu.Unlock()
	if c := <-turn; c != nil {
		l.put(c)
	} else {
		l.free(h)
	}
}

// put hands c, which is ready for a request, to who waits longest, or keeps it.
func (l *lean) put(c *leanConn) {
	c.reused, c.since = true, time.Now()
	h := c.host
	l.mu.Lock()
	switch {
	case len(h.waiting) > 0:
		h.next() <- c
	case l.closing:
		l.mu.Unlock()
		l.retire(c)
		return
	default:
		h.idle = append(h.idle, c)
		if l.sweeper == nil && l.idleTimeout > 0 {
			l.sweeper = time.AfterFunc(l.idleTimeout, l.sweep)
		}
	}
	l.mu.Unlock()
}

// retire closes c, which is at rest, and gives its place away.
func (l *lean) retire(c *leanConn) {
	c.net.Close()
	l.free(c.host)
}

// drop is retire for any c, without TLS's goodbye: a server that reads nothing
// could hold that up for seconds.
func (l *lean) drop(c *leanConn) {
	c.wire.Close()
	l.free(c.host)
}

// free gives a place to who waits longest, or back.
func (l *lean) free(h *leanHost) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(h.waiting) > 0 {
		h.next() <- nil
		return
	}
	h.open--
	if h.open == 0 {
		delete(l.hosts, h.at)
	}
}

// next takes the one who waits longest off the list; its channel has room.
func (h *leanHost) next() chan *leanConn {
	turn := h.waiting[0]
	h.waiting = slices.Delete(h.waiting, 0, 1)
	return turn
}

// sweep closes the connections that have been idle for too long.
func (l *lean) sweep() {
	var old []*leanConn
	now, wait := time.Now(), time.Duration(0)
	l.mu.Lock()
	l.sweeper = nil
	for _, h := range l.hosts {
		n := 0
		for n < len(h.idle) && now.Sub(h.idle[n].since) >= l.idleTimeout {
			n++
		}
		old = append(old, h.idle[:n]...)
		h.idle = slices.Delete(h.idle, 0, n)
		if len(h.idle) > 0 {
			left := l.idleTimeout - now.Sub(h.idle[0].since)
			if wait == 0 || left < wait {
				wait = left
			}
		}
	}
	if wait > 0 {
		l.sweeper = time.AfterFunc(wait, l.sweep)
	}
	l.mu.Unlock()
	for _, c := range old {
		l.retire(c)
	}
}

// CloseIdleConnections closes what is idle, and what becomes idle until the next
// request.
func (l *lean) CloseIdleConnections() {
	l.standard.CloseIdleConnections()
	var idle []*leanConn
	l.mu.Lock()
	l.closing = true
	if l.sweeper != nil {
		l.sweeper.Stop()
		l.sweeper = nil
	}
	for _, h := range l.hosts {
		idle = append(idle, h.idle...)
		clear(h.idle)
		h.idle = h.idle[:0]
	}
	l.mu.Unlock()
	for _, c := range idle {
		l.retire(c)
	}
}

// borrowed is a body of the standard transport's that calls free once it was
// read to its end or closed.
func borrowed(body io.ReadCloser, free func()) io.ReadCloser {
	b := &borrowedBody{ReadCloser: body, free: sync.OnceFunc(free)}
	if w, ok := body.(io.Writer); ok { // of a connection that was upgraded
		return struct {
			*borrowedBody
			io.Writer
		}{b, w}
	}
	return b
}

type borrowedBody struct {
	io.ReadCloser
	free func()
}

func (b *borrowedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.free()
	}
	return n, err
}

func (b *borrowedBody) Close() error {
	defer b.free()
	return b.ReadCloser.Close()
}
