// Package procgroup starts a program in a process group of its own and ends the
// program with the processes that it starts. A Ctrl-C in the terminal does not
// reach such a group: its parent decides when it ends.
//
// Systems differ in how far that goes:
//
//   - On Linux a signal reaches each process of the group; one that made a group of
//     its own (setsid, a shell's background job) has left it and is not reached.
//     EndWithParent kills the program, but not what it started.
//   - On other Unix systems EndWithParent has no effect: what is started outlives a
//     parent that was killed.
//   - On Windows a group is a job object: Kill and Close end every descendant, and
//     the end of this process does, too, with EndWithParent or without. A process
//     that the program starts within its first moments, before it is in the job,
//     is not reached. Interrupt and Terminate both send CTRL_BREAK, which a program
//     in Go receives as os.Interrupt and others may ignore or die of; without a
//     console to send it through, they kill the group at once.
package procgroup

import (
	"os"
	"os/exec"
	"sync"
)

// Group is a program and the processes that it starts. Make one with New. Its
// methods may be called concurrently once Start has returned; Interrupt,
// Terminate and Kill also from cmd.Cancel.
type Group struct {
	cmd *exec.Cmd

	mu     sync.Mutex
	closed bool
	system
}

// New makes cmd, which must not be started yet, the first process of a new group.
// It sets cmd.SysProcAttr; what else cmd has is the caller's.
func New(cmd *exec.Cmd) *Group {
	g := &Group{cmd: cmd}
	g.isolate()
	return g
}

// EndWithParent has the program killed when this process ends, however it ends,
// where the system can do that. It must be called before Start. On Linux the
// program also ends with the thread that started it: call runtime.LockOSThread
// around Start and Wait when the thread may end before the process.
func (g *Group) EndWithParent() { g.endWithParent() }

// Start starts the program. Wait for it with cmd.Wait, then call Close.
func (g *Group) Start() error { return g.start() }

// Interrupt asks the group to stop and keep what it has: SIGINT. The error is
// os.ErrProcessDone before Start and after Close, else the system's, for instance
// because no process of the group is left.
func (g *Group) Interrupt() error { return g.whileOpen(g.interrupt) }

// Terminate asks the group to end: SIGTERM. Its error is as that of Interrupt.
func (g *Group) Terminate() error { return g.whileOpen(g.terminate) }

// Kill ends the processes of the group at once, and waits for none of them.
func (g *Group) Kill() { _ = g.whileOpen(g.kill) } // an error means that no process is left

// Close kills what is left of the group once cmd.Wait has returned, and releases
// what the group holds. Later calls of any method do nothing.
func (g *Group) Close() {
	g.Kill()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		g.release()
	}
}

// whileOpen calls send while the group exists: later, its number may be that of
// another group.
func (g *Group) whileOpen(send func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.cmd.Process == nil {
		return os.ErrProcessDone
	}
	return send()
}
