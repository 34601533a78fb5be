//go:build unix && !linux

package postgres

import "syscall"

// diesWithParent can do nothing here: a server outlives a test that was killed.
func diesWithParent(*syscall.SysProcAttr) {}
