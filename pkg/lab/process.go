package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is how long a child may take to end after it was asked to, before it is killed. execute.py interrupts a cell up
// to three times, 6 s apart, and writes the executed notebook after that.
const grace = 30 * time.Second

// The signals that ask a child to end: an interrupt means "keep what you have", a termination "leave it".
const (
	interrupt = syscall.SIGINT
	terminate = syscall.SIGTERM
)

// command is a child in a process group of its own: the terminal's Ctrl-C does not reach it, ctx does. When ctx ends the
// whole group gets polite, then, after grace, SIGKILL.
func command(ctx context.Context, polite syscall.Signal, dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, polite) }
	cmd.WaitDelay = grace
	return cmd
}

// run starts cmd, waits for it and kills what is left of its group, so that no grandchild outlives it.
func run(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	err := cmd.Wait()
	killGroup(cmd)
	return err
}

func killGroup(cmd *exec.Cmd) {
	// The leader is reaped, but its pid stays taken as long as the group has members, so this hits nobody else's group;
	// an empty group gives ESRCH.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

// runWatched runs a command of set-up: its output goes to watch, and the end of it into the error.
func runWatched(ctx context.Context, watch *watcher, dir string, env []string, name string, args ...string) error {
	cmd := command(ctx, terminate, dir, env, name, args...)
	line := strings.Join(cmd.Args, " ")
	endWithParent(cmd)
	own := &tail{limit: 4 << 10}
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
