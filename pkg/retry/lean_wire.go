package retry

import (
	"net"
	"syscall"
)

// wire is a connection that can be read without waiting: under TLS too, where
// what arrives on an idle connection may be a session ticket and no answer.
type wire struct {
	net.Conn
	raw     syscall.RawConn // nil when Conn is none of the system's
	peeking bool            // whether Read does not wait

	look func(fd uintptr) bool
	p    []byte // arguments and results of look
	n    int
	err  error
}

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c}
	if s, ok := c.(syscall.Conn); ok {
		w.raw, _ = s.SyscallConn()
	}
	w.look = func(fd uintptr) bool {
		w.n, w.err = readNow(fd, w.p)
		return true // do not wait
	}
	return w
}

// Read waits for bytes, unless peeking.
func (w *wire) Read(p []byte) (int, error) {
	if !w.peeking {
		return w.Conn.Read(p)
	}
	if w.raw == nil {
		return 0, errNothingYet
	}
	w.p = p
	if err := w.raw.Read(w.look); err != nil {
		return 0, err
	}
	w.p = nil
	return w.n, w.err
}

// errNothingYet is what a Read returns that would have to wait. It is a net.Error
// that says so, as crypto/tls else takes the connection for broken.
var errNothingYet error = nothingYet{}

type nothingYet struct{}

func (nothingYet) Error() string   { return "nothing to read yet" }
func (nothingYet) Timeout() bool   { return true }
func (nothingYet) Temporary() bool { return true }
