//go:build unix

package osfile

import (
	"os"
	"syscall"
)

func lock(f *os.File, m Mode, wait bool) error {
	how := syscall.LOCK_EX
	if m == Shared {
		how = syscall.LOCK_SH
	}
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		switch err := syscall.Flock(int(f.Fd()), how); err {
		case syscall.EINTR: // by a signal
		case syscall.EWOULDBLOCK:
			return ErrLocked
		default:
			return err
		}
	}
}

// retryWhileOpen calls change once: Unix renames and removes files that are open.
func retryWhileOpen(change func() error) error { return change() }
