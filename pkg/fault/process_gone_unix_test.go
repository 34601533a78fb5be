//go:build unix

package fault

import (
	"errors"
	"syscall"
)

// gone reports whether there is no process pid, not even one to be waited for.
func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
