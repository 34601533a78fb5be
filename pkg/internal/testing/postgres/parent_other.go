//go:build unix && !linux

package postgres

import "syscall"

// killWithParent does nothing here: a server outlives a test that is killed.
func killWithParent(*syscall.SysProcAttr) {}
