package shop

import (
	"fmt"
	"io"
	"os"
	"strings"

	"sagalab/pkg/internal/osfile"
)

// lock is a locked file that keeps other processes from a set of databases. The
// kernel releases it however the process ends.
type lock struct{ file *os.File }

func acquireLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the databases: %w; name a file in a directory that can be written to", err)
	}
	if err := osfile.TryLock(f, osfile.Exclusive); err != nil {
		owner, _ := io.ReadAll(io.LimitReader(f, 32)) // for the message only
		f.Close()
		return nil, fmt.Errorf("%s is in use by process %s: stop it or name another file",
			strings.TrimSuffix(path, lockSuffix), strings.TrimSpace(string(owner)))
	}
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot lock the databases: %w", err)
	}
	return &lock{f}, nil
}

func (l *lock) release() error { return l.file.Close() }
