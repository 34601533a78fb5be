//go:build unix

package shop

import (
	"os"
	"syscall"
)

// pause stops a process from running until resume.
func pause(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
