//go:build linux || darwin || freebsd || netbsd || openbsd

package live

import (
	"os"
	"syscall"
	"unsafe"
)

// setsTERM is whether a terminal that can be drawn on sets TERM.
const setsTERM = true

// terminalSize asks the terminal; not ok when f is none.
func terminalSize(f *os.File) (columns, rows int, ok bool) {
	var size struct{ rows, columns, x, y uint16 } // struct winsize of <sys/ioctl.h>
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	err = conn.Control(func(fd uintptr) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
		ok = errno == 0
	})
	return int(size.columns), int(size.rows), ok && err == nil
}
