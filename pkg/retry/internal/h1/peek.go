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
func (w *peekConn) Read(p []byte) (int, error) {
	if !w.peeking {
		return w.Conn.Read(p)
	}
	if w.raw == nil {
		return 0, errWouldBlock
	}
	w.p = p
	if err := w.raw.Read(w.readFD); err != nil {
		return 0, err
	}
	w.p = nil
	return w.n, w.err
}

// errWouldBlock is what a Read returns that would have to wait. It is a net.Error
// that says so, as crypto/tls would otherwise regard the connection as broken.
var errWouldBlock error = wouldBlock{}

type wouldBlock struct{}

func (wouldBlock) Error() string   { return "nothing to read yet" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }
