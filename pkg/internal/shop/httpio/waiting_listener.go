package httpio

import (
	"container/list"
	"net"
	"sync"
	"time"
)

// WaitingListener bounds how long and how many connections wait for their first
// request. net/http has one timeout for both kinds of them: those on which nothing has
// come yet, which clients keep when they dial more than they need and may use at any
// moment, and those whose header came in part, which hold a goroutine and a descriptor
// for nothing. It is safe for concurrent use.
type WaitingListener struct {
	net.Listener
	// Unused is how long a connection may send nothing at first. From its first byte on
	// the server's own timeouts hold.
	Unused time.Duration
	// Max is how many connections may wait for the rest of their first header, or for
	// its beginning. Beyond it the one that has waited longest is closed, if that is
	// longer than MinWait.
	Max     int
	MinWait time.Duration

	mu      sync.Mutex
	waiting list.List // of *trackedConn, the oldest first
}

// Accept waits for the next connection.
func (l *WaitingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w := &trackedConn{Conn: c, listener: l, accepted: time.Now()}
	l.mu.Lock()
	w.element = l.waiting.PushBack(w)
	var oldest *trackedConn
	if l.waiting.Len() > l.Max {
		if first := l.waiting.Front().Value.(*trackedConn); time.Since(first.accepted) > l.MinWait {
			oldest = first
		}
	}
	l.mu.Unlock()
	if oldest != nil {
		oldest.Close()
	}
	return w, nil
}

// Waiting returns how many connections wait for their first header.
func (l *WaitingListener) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len()
}

// trackedConn is a connection whose server sets read deadlines as net/http does: one
// from accepting on for the first header, then one for the whole first request, then
// none, and so on.
type trackedConn struct {
	net.Conn
	listener *WaitingListener
	accepted time.Time
	element  *list.Element // nil when it no longer waits; under listener.mu

	mu       sync.Mutex
	deadline time.Time     // that the server asked for, before the first byte
	begun    bool          // the first byte has come
	unused   time.Duration // from accepted to the first byte; 0 after the first request
}

// SetReadDeadline counts the deadlines of the first request from its first byte on
// instead of from accepting on.
func (c *trackedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case t.IsZero():
		c.unused = 0
	case !c.begun:
		c.deadline = t
		t = c.accepted.Add(c.listener.Unused)
	default:
		c.listener.arrived(c)
		t = t.Add(c.unused)
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *trackedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.begin()
	}
	return n, err
}

// begin sets the deadline of the first header when its first byte has come.
func (c *trackedConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun {
		return
	}
	c.begun, c.unused = true, time.Since(c.accepted)
	if !c.deadline.IsZero() {
		_ = c.Conn.SetReadDeadline(c.deadline.Add(c.unused))
	}
}

func (c *trackedConn) Close() error {
	c.listener.arrived(c)
	return c.Conn.Close()
}

// arrived ends the waiting of a connection.
func (l *WaitingListener) arrived(c *trackedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.element != nil {
		l.waiting.Remove(c.element)
		c.element = nil
	}
}
