package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/internal/procgroup"
)

// ProcessConfig is what a Process is made of; Command and Health are required.
type ProcessConfig struct {
	// Command is the program and its arguments. Its address has to be one of
	// them, so that it listens there again after a Restart. Give the program
	// itself and not `go run`, whose own child would survive this process's death.
	Command []string
	// Env is the environment; nil is this process's.
	Env []string
	Dir string
	// Health is the URL, on this machine, that answers 2xx once the service
	// serves, such as "http://127.0.0.1:8000/health".
	Health string
	// StartTimeout bounds the wait for Health, 0 for 30 s; StopTimeout the wait
	// between SIGTERM and SIGKILL, 0 for 10 s.
	StartTimeout, StopTimeout time.Duration
	// Output also gets what the service prints; it may be nil. Writing to it must
	// not block.
	Output io.Writer
}

// Process is a service as a child process, which can be killed and started again.
type Process struct {
	config ProcessConfig
	host   string // of Health, with its port
	probe  *http.Client
	output tail
	detach func() bool // from the context

	mu      sync.Mutex // held while the child is started or ended
	child   *child     // the last one
	stopped bool
}

// StartProcess starts a service and waits until it is healthy. When ctx ends it
// is stopped as by Stop; when this process dies, on Linux and on Windows, it is
// killed.
func StartProcess(ctx context.Context, c ProcessConfig) (*Process, error) {
	p, err := newProcess(c)
	if err != nil {
		return nil, fmt.Errorf("service process: %w", err)
	}
	if err := p.Restart(ctx); err != nil {
		return nil, err
	}
	p.detach = context.AfterFunc(ctx, func() { _ = p.stop() })
	return p, nil
}

func newProcess(c ProcessConfig) (*Process, error) {
	var errs []error
	if len(c.Command) == 0 || c.Command[0] == "" {
		errs = append(errs, errors.New("no command given"))
	}
	u, err := url.Parse(c.Health)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) {
		errs = append(errs, fmt.Errorf("the health address is %q, want one on this machine such as http://127.0.0.1:8000/health", c.Health))
	}
	if c.StartTimeout < 0 || c.StopTimeout < 0 {
		errs = append(errs, fmt.Errorf("timeouts are %v and %v, want none below 0", c.StartTimeout, c.StopTimeout))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if c.StartTimeout == 0 {
		c.StartTimeout = 30 * time.Second
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = 10 * time.Second
	}
	return &Process{
		config: c, host: hostPort(u),
		probe: &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}, nil
}

// Kill ends the service with SIGKILL and returns when it is gone. When it had
// ended by itself before, the error says how.
func (p *Process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return fmt.Errorf("service process: %w", ErrClosed)
	}
	if !p.child.running() {
		return p.died("it had ended before it was killed", p.child)
	}
	p.child.kill()
	<-p.child.done
	return nil
}

// Restart starts the service and waits until it is healthy; when it still runs,
// it is stopped first. When this fails nothing of it is left running.
func (p *Process) Restart(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return fmt.Errorf("service process: %w", ErrClosed)
	}
	p.end()
	if conn, err := net.DialTimeout("tcp", p.host, time.Second); err == nil {
		conn.Close()
		return fmt.Errorf("service process: something else listens on %s already: stop it, or choose another address", p.host)
	}
	c, err := p.spawn()
	if err != nil {
		return fmt.Errorf("service process: starting %s: %w", p.config.Command[0], err)
	}
	p.child = c
	if err := p.await(ctx, c); err != nil {
		c.kill()
		<-c.done
		return err
	}
	return nil
}

// Stop ends the service: SIGTERM, and after StopTimeout SIGKILL. It is not started
// again after that.
func (p *Process) Stop() error {
	p.detach()
	return p.stop()
}

func (p *Process) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.end()
	return nil
}

// Follow kills the service when a window of Kill opens and starts it again when it
// closes, or when ctx ends, which is no error: it runs when Follow returns without
// one.
func (p *Process) Follow(ctx context.Context, plan Plan, start time.Time) ([]Change, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	down := false
	return plan.follow(ctx, process, start, func(i int) error {
		switch {
		case i < 0:
			down = false
			// Restart bounds itself, and has to happen although ctx ended
			return p.Restart(context.WithoutCancel(ctx))
		case down: // the next window begins where this one ends
			return nil
		}
		down = true
		return p.Kill()
	})
}

// Running reports whether the service runs; it may have ended by itself.
func (p *Process) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child.running()
}

// Output is the end of what the service printed, at most 8 KiB, of all its lives.
func (p *Process) Output() string { return p.output.String() }

// await returns when c is healthy, or will not be.
func (p *Process) await(ctx context.Context, c *child) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.config.StartTimeout, fmt.Errorf("not healthy within %v", p.config.StartTimeout))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		fault := p.healthy(ctx)
		if fault == nil && c.running() {
			return nil
		}
		if ctx.Err() == nil { // else it says no more than that
			last = fault
		}
		select {
		case <-c.done:
			return p.died("it ended before it was healthy", c)
		case <-ctx.Done():
			if last != nil {
				return fmt.Errorf("service process: %w (%v)%s", context.Cause(ctx), last, p.said())
			}
			return fmt.Errorf("service process: %w%s", context.Cause(ctx), p.said())
		case <-tick.C:
		}
	}
}

func (p *Process) healthy(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.config.Health, nil)
	if err != nil {
		return err
	}
	resp, err := p.probe.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("GET %s: HTTP %d", p.config.Health, resp.StatusCode)
	}
	return nil
}

func (p *Process) died(what string, c *child) error {
	how := "exit status 0"
	if c != nil && c.err != nil {
		how = c.err.Error()
	}
	return fmt.Errorf("service process: %s: %s%s", what, how, p.said())
}

func (p *Process) said() string {
	if out := strings.TrimSpace(p.output.String()); out != "" {
		return "; its last output:\n" + out
	}
	return ""
}

// end stops the child politely, if it runs; it needs mu.
func (p *Process) end() {
	if !p.child.running() {
		return
	}
	p.child.terminate()
	timer := time.NewTimer(p.config.StopTimeout)
	defer timer.Stop()
	select {
	case <-p.child.done:
	case <-timer.C:
		p.child.kill()
		<-p.child.done
	}
}

// child is one life of the service.
type child struct {
	group *procgroup.Group
	done  chan struct{}
	err   error // once done is closed: how it ended
}

// spawn starts the command in a process group of its own.
func (p *Process) spawn() (*child, error) {
	cmd := exec.Command(p.config.Command[0], p.config.Command[1:]...)
	cmd.Env, cmd.Dir = p.config.Env, p.config.Dir
	cmd.WaitDelay = time.Second // for a pipe that somebody else holds open
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
		// can end before the process does: this one is held
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.group.Start()
		started <- err
		if err != nil {
			return
		}
		defer close(c.done)
		c.err = cmd.Wait()
		c.group.Close() // what it started may still be there
	}()
	return c, <-started
}

// running is false for no child, too.
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

// terminate asks the child and what it started to end, if it runs.
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
