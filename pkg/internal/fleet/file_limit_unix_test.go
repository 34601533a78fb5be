//go:build unix

package fleet

import (
	"os/signal"
	"syscall"
)

// limitFiles makes every write fail that would make a file of this process longer
// than n bytes.
func limitFiles(n uint64) error {
	signal.Ignore(syscall.SIGXFSZ)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}
