//go:build unix

package load

import (
	"syscall"
	"time"
)

// cpuTime is how much processor time this process has used, in user and system
// mode together.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
