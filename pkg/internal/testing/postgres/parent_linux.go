package postgres

import "syscall"

// killWithParent stops the server when its test is killed.
func killWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
