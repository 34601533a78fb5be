//go:build unix

package h1

import (
	"io"
	"syscall"
)

// Supported is whether a Transport works on this operating system: it must be able to
// read a socket without waiting.
const Supported = true

// readNow reads what has arrived at a non-blocking socket.
func readNow(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return 0, errWouldBlock
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}
