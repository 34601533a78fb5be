package jupyter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"sagalab/pkg/internal/procgroup"
)

// terminationGrace is how long a child may take to end after it was asked to, before it is killed. execute.py interrupts a cell up
// to three times, 6 s apart, and writes the executed notebook after that.
const terminationGrace = 30 * time.Second

// The signals that ask a child to end: an interrupt means "keep what you have", a termination "leave it".
const (
	interrupt = syscall.SIGINT
	terminate = syscall.SIGTERM
)

// child is a command in a process group of its own. Start starts it; the other methods of exec.Cmd that start a program
// (Run, Output, CombinedOutput) must not be used.
type child struct {
	*exec.Cmd
	group *procgroup.Group
}

// Start starts the command; killGroup must follow when it has been waited for.
func (c *child) Start() error {
	if len(c.ExtraFiles) > 0 && !inheritsFiles {
		return fmt.Errorf("start %s: it has to inherit open files, and %s offers none: use Linux, in the Windows Subsystem for Linux for instance", c.Path, runtime.GOOS)
	}
	return c.group.Start()
}

// command is a child in a process group of its own: the terminal's Ctrl-C does not reach it, ctx does. When ctx ends the
// whole group gets polite, then, after terminationGrace, SIGKILL. Windows knows no signals: there the group gets CTRL_BREAK for
// either, and is terminated after terminationGrace.
func command(ctx context.Context, polite syscall.Signal, dir string, env []string, name string, args ...string) *child {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	c := &child{Cmd: cmd, group: procgroup.New(cmd)}
	cmd.Cancel = c.group.Terminate
	if polite == interrupt {
		cmd.Cancel = c.group.Interrupt
	}
	cmd.WaitDelay = terminationGrace
	return c
}

// run starts a command, waits for it and kills what is left of its group, so that no grandchild outlives it.
func run(cmd *child) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	err := cmd.Wait()
	killGroup(cmd)
	return err
}

// killGroup kills what is left of the group of a command that has been waited for.
func killGroup(cmd *child) { cmd.group.Close() }

// runWatched runs a command of set-up: its output goes to watch, and the end of it into the error.
func runWatched(ctx context.Context, watch *commandLog, dir string, env []string, name string, args ...string) error {
	cmd := command(ctx, terminate, dir, env, name, args...)
	line := strings.Join(cmd.Args, " ")
	runtime.LockOSThread() // to endWithParent, the parent is the thread that starts the child
	defer runtime.UnlockOSThread()
	endWithParent(cmd.Cmd)
	own := &lastOutput{limit: 4 << 10}
	both := io.MultiWriter(watch, own)
	cmd.Stdout, cmd.Stderr = both, both
	err := run(cmd)
	if err == nil {
		return nil
	}
	if exit := new(exec.ExitError); errors.As(err, &exit) && own.String() != "" {
		return fmt.Errorf("%s: %w:\n%s", line, err, own)
	}
	return fmt.Errorf("%s: %w", line, err)
}
