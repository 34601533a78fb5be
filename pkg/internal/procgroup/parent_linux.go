package procgroup

import "syscall"

func (g *Group) endWithParent() { g.cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }
