//go:build unix

package procgroup

import "syscall"

// system has nothing to keep: the number of the group is that of its first process,
// and stays taken as long as the group has members, also when the first has ended.
type system struct{}

func (g *Group) isolate() { g.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func (g *Group) start() error { return g.cmd.Start() }

func (g *Group) interrupt() error { return syscall.Kill(-g.cmd.Process.Pid, syscall.SIGINT) }

func (g *Group) terminate() error { return syscall.Kill(-g.cmd.Process.Pid, syscall.SIGTERM) }

func (g *Group) kill() error { return syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL) }

func (system) release() {}
