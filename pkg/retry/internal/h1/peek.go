package h1

import (
	"net"
	"syscall"
)

// peekConn is a connection that can be read without waiting: under TLS too, where
// what arrives on an idle connection may be a session ticket and no answer.
type peekConn struct {
	net.Conn
	raw     syscall.RawConn // nil when Conn is none of the system's
	peeking bool            // whether Read does not wait

	readFD func(fd uintptr) bool
	p      []byte // arguments and results of readFD
	n      int
	err    error
}

func newPeekConn(c net.Conn) *peekConn {
	w := &peekConn{Conn: c}
	if s, ok := c.(syscall.Conn); ok {
		w.raw, _ = s.SyscallConn()
	}
	w.readFD = func(fd uintptr) bool {
		w.n, w.err = readNow(fd, w.p)
		return true // do not wait
	}
	return w
}

// Read waits for bytes, unless peeking.
func (c *peekConn) Read(p []byte) (int, error) {
	if !c.peeking {
		return c.Conn.Read(p)
	}
	if c.raw == nil {
		return 0, errWouldBlock
	}
	c.p = p
	if err := c.raw.Read(c.readFD); err != nil {
		return 0, err
	}
	c.p = nil
	return c.n, c.err
}

// errWouldBlock is what a Read returns that would have to wait. It is a net.Error
// that says so, as crypto/tls would otherwise regard the connection as broken.
var errWouldBlock error = wouldBlock{}

type wouldBlock struct{}

func (wouldBlock) Error() string   { return "nothing to read yet" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }
