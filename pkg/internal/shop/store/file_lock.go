package store

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sagalab/pkg/internal/osfile"
)

// LockSuffix is that of the file beside a database file whose lock a process holds.
const LockSuffix = ".lock"

// FileLock is a locked file that keeps other processes from a set of databases. The
// kernel releases it however the process ends.
type FileLock struct{ file *os.File }

// LockFile locks the file at path, which ends in LockSuffix. It waits for at most patience
// for a process that holds it, as one that was killed a moment ago does.
func LockFile(path string, patience time.Duration) (*FileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the databases: %w; name a file in a directory that can be written to", err)
	}
	err = osfile.TryLock(f, osfile.Exclusive)
	for deadline := time.Now().Add(patience); err != nil && time.Now().Before(deadline); err = osfile.TryLock(f, osfile.Exclusive) {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		user, _ := io.ReadAll(io.LimitReader(f, 32)) // for the message only
		f.Close()
		return nil, fmt.Errorf("%s is in use by process %s: stop it or name another file",
			strings.TrimSuffix(path, LockSuffix), strings.TrimSpace(string(user)))
	}
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot lock the databases: %w", err)
	}
	return &FileLock{f}, nil
}

// Release gives the lock back.
func (l *FileLock) Release() error { return l.file.Close() }
