package postgres

import "syscall"

// diesWithParent ends a server whose test was killed.
func diesWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
