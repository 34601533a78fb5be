package oserr

import (
	"syscall"

	"golang.org/x/sys/windows"
)

var (
	addressInUse      = []syscall.Errno{windows.WSAEADDRINUSE}
	connectionRefused = []syscall.Errno{windows.WSAECONNREFUSED}
	connectionReset   = []syscall.Errno{windows.WSAECONNRESET, windows.WSAECONNABORTED}
	tooManyFiles      = []syscall.Errno{windows.WSAEMFILE, windows.ERROR_TOO_MANY_OPEN_FILES}
	noLocalPort       = []syscall.Errno{windows.WSAEADDRNOTAVAIL, windows.WSAEADDRINUSE, windows.WSAENOBUFS}
	diskFull          = []syscall.Errno{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL}
)
