//go:build unix

package oserr

import "syscall"

var (
	addressInUse      = []syscall.Errno{syscall.EADDRINUSE}
	connectionRefused = []syscall.Errno{syscall.ECONNREFUSED}
	connectionReset   = []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE}
	tooManyFiles      = []syscall.Errno{syscall.EMFILE, syscall.ENFILE}
	noLocalPort       = []syscall.Errno{syscall.EADDRNOTAVAIL}
	diskFull          = []syscall.Errno{syscall.ENOSPC}
)
