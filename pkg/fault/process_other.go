//go:build !linux

package fault

import "syscall"

// attributes are those of a child in a group of its own: the terminal's Ctrl-C
// does not reach it, we do. Only Linux can also kill it when we die.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
