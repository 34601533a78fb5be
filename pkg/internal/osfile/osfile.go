// Package osfile locks, replaces and removes files with the same meaning on Unix
// and on Windows.
//
// A lock belongs to an open file: closing the file releases it, and so does the
// end of the process that has it open, however it ends. It keeps out other locks
// only; the file can be read and written all the same. Two opens of one file in
// one process exclude each other like those of two processes.
package osfile

import (
	"errors"
	"os"
)

// Mode is the kind of a lock.
type Mode int

const (
	// Exclusive excludes every other lock of the file. On Windows the file has to be
	// open for reading, or for writing anywhere: appending alone is not enough.
	Exclusive Mode = iota
	// Shared excludes exclusive locks.
	Shared
)

// ErrLocked is the error of TryLock when another open of the file has a lock that
// excludes this one.
var ErrLocked = errors.New("the file is locked")

// Lock locks f and waits, without a bound, until no other lock excludes that.
func Lock(f *os.File, m Mode) error { return wrap("lock", f, lock(f, m, true)) }

// TryLock locks f, or returns at once an error that wraps ErrLocked.
func TryLock(f *os.File, m Mode) error { return wrap("lock", f, lock(f, m, false)) }

func wrap(op string, f *os.File, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: op, Path: f.Name(), Err: err}
}

// Replace renames a closed file to path, where a file may exist: others who open
// path find the old file or the new one, whole. On Windows it waits up to 2 s while
// another process has the old file open.
func Replace(file, path string) error {
	return retryWhileOpen(func() error { return os.Rename(file, path) })
}

// Remove removes a file that this process has closed. On Windows it waits up to 2 s
// while another process has it open.
func Remove(path string) error { return retryWhileOpen(func() error { return os.Remove(path) }) }
