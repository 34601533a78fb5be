package osfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// lock locks one byte far behind the end of f: on Windows, what is locked cannot
// be read or written through other handles.
func lock(f *os.File, m Mode, wait bool) error {
	var flags uint32
	if m == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	if !wait {
		flags |= windows.LOCKFILE_FAIL_IMMEDIATELY
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
	if err == windows.ERROR_LOCK_VIOLATION {
		return ErrLocked
	}
	return err
}

// retryWhileOpen repeats a change that Windows refuses while another process, a virus
// scanner say, has the file open: every 10 ms, for 2 s.
func retryWhileOpen(change func() error) error {
	for deadline := time.Now().Add(2 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := change()
		open := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		if !open || time.Now().After(deadline) {
			return err
		}
	}
}
