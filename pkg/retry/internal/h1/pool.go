package h1

import (
	"context"
	"slices"
	"time"
)

// host is what a Transport keeps for one host; Transport.mu guards it.
type host struct {
	at endpoint
	// places counts the places taken: by connections, busy or idle, by those being
	// opened, and by requests that the standard transport has.
	places  int
	idle    []*conn      // the one used last at the end
	waiters []chan *conn // the longest first; a nil *conn sent is a place to open one in
}

// acquire returns an idle connection, the one used last, or nil for a place in
// which to open one; it waits for either until ctx ends.
func (t *Transport) acquire(ctx context.Context, to endpoint) (*host, *conn, error) {
	t.mu.Lock()
	t.closing = false
	h := t.hosts[to]
	if h == nil {
		h = &host{at: to}
		t.hosts[to] = h
	}
	if last := len(h.idle) - 1; last >= 0 {
		c := h.idle[last]
		h.idle[last], h.idle = nil, h.idle[:last]
		t.mu.Unlock()
		return h, c, nil
	}
	if h.places < t.limit {
		h.places++
		t.mu.Unlock()
		return h, nil, nil
	}
	waiter := make(chan *conn, 1)
	h.waiters = append(h.waiters, waiter)
	t.mu.Unlock()
	select {
	case c := <-waiter:
		return h, c, nil
	case <-ctx.Done():
		t.stopWaiting(h, waiter)
		return nil, nil, context.Cause(ctx)
	}
}

// stopWaiting removes waiter, and gives back what it was granted meanwhile.
func (t *Transport) stopWaiting(h *host, waiter chan *conn) {
	t.mu.Lock()
	if i := slices.Index(h.waiters, waiter); i >= 0 {
		h.waiters = slices.Delete(h.waiters, i, i+1)
		t.mu.Unlock()
		return
	}
	t.mu.Unlock()
	if c := <-waiter; c != nil {
		t.release(c)
	} else {
		t.freePlace(h)
	}
}

// release gives c, which is ready for a request, to the request that waits longest,
// or keeps it idle.
func (t *Transport) release(c *conn) {
	c.reused, c.idleSince = true, time.Now()
	h := c.host
	t.mu.Lock()
	switch {
	case len(h.waiters) > 0:
		h.popWaiter() <- c
	case t.closing:
		t.mu.Unlock()
		t.closeIdle(c)
		return
	default:
		h.idle = append(h.idle, c)
		if t.sweeper == nil && t.idleTimeout > 0 {
			t.sweeper = time.AfterFunc(t.idleTimeout, t.closeExpired)
		}
	}
	t.mu.Unlock()
}

// closeIdle closes c, on which no request is under way, and frees its place.
func (t *Transport) closeIdle(c *conn) {
	c.net.Close()
	t.freePlace(c.host)
}

// abort closes c in any state and frees its place, without TLS's closing alert: a
// server that reads nothing could hold that up for seconds.
func (t *Transport) abort(c *conn) {
	c.raw.Close()
	t.freePlace(c.host)
}

// freePlace gives a place to the request that waits longest, or back to h.
func (t *Transport) freePlace(h *host) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(h.waiters) > 0 {
		h.popWaiter() <- nil
		return
	}
	h.places--
	if h.places == 0 {
		delete(t.hosts, h.at)
	}
}

// popWaiter removes and returns the one that waits longest; its channel has room.
func (h *host) popWaiter() chan *conn {
	waiter := h.waiters[0]
	h.waiters = slices.Delete(h.waiters, 0, 1)
	return waiter
}

// closeExpired closes the connections that have been idle for idleTimeout.
func (t *Transport) closeExpired() {
	var expired []*conn
	now, wait := time.Now(), time.Duration(0)
	t.mu.Lock()
	t.sweeper = nil
	for _, h := range t.hosts {
		n := 0
		for n < len(h.idle) && now.Sub(h.idle[n].idleSince) >= t.idleTimeout {
			n++
		}
		expired = append(expired, h.idle[:n]...)
		h.idle = slices.Delete(h.idle, 0, n)
		if len(h.idle) > 0 {
			left := t.idleTimeout - now.Sub(h.idle[0].idleSince)
			if wait == 0 || left < wait {
				wait = left
			}
		}
	}
	if wait > 0 {
		t.sweeper = time.AfterFunc(wait, t.closeExpired)
	}
	t.mu.Unlock()
	for _, c := range expired {
		t.closeIdle(c)
	}
}

// CloseIdleConnections closes what is idle, and what becomes idle until the next
// request.
func (t *Transport) CloseIdleConnections() {
	t.standard.CloseIdleConnections()
	var idle []*conn
	t.mu.Lock()
	t.closing = true
	if t.sweeper != nil {
		t.sweeper.Stop()
		t.sweeper = nil
	}
	for _, h := range t.hosts {
		idle = append(idle, h.idle...)
		clear(h.idle)
		h.idle = h.idle[:0]
	}
	t.mu.Unlock()
	for _, c := range idle {
		t.closeIdle(c)
	}
}
