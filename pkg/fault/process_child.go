package fault

import (
	"io"
	"os/exec"
	"runtime"
	"time"

	"sagalab/pkg/internal/procgroup"
)

// child is the service from one start to its end.
type child struct {
	group *procgroup.Group
	done  chan struct{}
	err   error // how it ended, once done is closed
}

// startChild starts the command in a process group of its own.
func (p *Process) startChild() (*child, error) {
	cmd := exec.Command(p.config.Command[0], p.config.Command[1:]...)
	cmd.Env, cmd.Dir = p.config.Env, p.config.Dir
	cmd.WaitDelay = time.Second // for a pipe that another process holds open
	var out io.Writer = &p.output
	if p.config.Output != nil {
		out = io.MultiWriter(&p.output, p.config.Output)
	}
	cmd.Stdout, cmd.Stderr = out, out
	c := &child{group: procgroup.New(cmd), done: make(chan struct{})}
	c.group.EndWithParent()
	started := make(chan error)
	go func() {
		// the child also ends with the thread that started it, and a thread of Go's
		// can end before the process does: this one is kept
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.group.Start()
		started <- err
		if err != nil {
			return
		}
		defer close(c.done)
		c.err = cmd.Wait()
		c.group.Close() // what it started may still run
	}()
	return c, <-started
}

// running reports whether c runs; false for nil, too.
func (c *child) running() bool {
	if c == nil {
		return false
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// terminate sends SIGTERM to the child and what it started, if it runs.
func (c *child) terminate() {
	if c.running() {
		_ = c.group.Terminate() // it may have ended meanwhile
	}
}

// kill ends the child and what it started, if it runs.
func (c *child) kill() {
	if c.running() {
		c.group.Kill()
	}
}
