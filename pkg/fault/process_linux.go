package fault

import "syscall"

// attributes are those of a child that dies with us, in a group of its own: the
// terminal's Ctrl-C does not reach it, we do.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
