package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ProcessConfig sets up a Process; Command and Health are required.
type ProcessConfig struct {
	// Command is the program and its arguments. The arguments must fix its address,
	// so that it listens there again after a Restart. Give the program itself and
	// not `go run`, whose own child would survive when this process dies.
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
	// Output receives what the service prints; it may be nil. Writing to it must
	// not block.
	Output io.Writer
}

// Process is a service as a child process, which can be killed and started again.
type Process struct {
	config ProcessConfig
	host   string // of Health, with its port
	probe  *http.Client
	output outputTail
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

// Kill ends the service with SIGKILL and returns when it has ended. When it had
// ended by itself before, the error says how.
func (p *Process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return fmt.Errorf("service process: %w", ErrClosed)
	}
	if !p.child.running() {
		return p.endedError("it had ended before it was killed", p.child)
	}
	p.child.kill()
	<-p.child.done
	return nil
}

// Restart starts the service and waits until it is healthy; when it still runs,
// it is stopped first. After an error the service does not run.
func (p *Process) Restart(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return fmt.Errorf("service process: %w", ErrClosed)
	}
	p.stopChild()
	if conn, err := net.DialTimeout("tcp", p.host, time.Second); err == nil {
		conn.Close()
		return fmt.Errorf("service process: another process listens on %s already: stop it, or choose another address", p.host)
	}
	c, err := p.startChild()
	if err != nil {
		return fmt.Errorf("service process: starting %s: %w", p.config.Command[0], err)
	}
	p.child = c
	if err := p.waitHealthy(ctx, c); err != nil {
		c.kill()
		<-c.done
		return err
	}
	return nil
}

// Stop ends the service: SIGTERM, and after StopTimeout SIGKILL. It cannot be started
// again.
func (p *Process) Stop() error {
	p.detach()
	return p.stop()
}

func (p *Process) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.stopChild()
	return nil
}

// Follow kills the service when a window of Kill opens and starts it again when it
// closes, or when ctx ends, which is no error. The service runs when Follow returns
// without an error.
func (p *Process) Follow(ctx context.Context, plan Plan, start time.Time) ([]Change, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	down := false
	return plan.follow(ctx, processFault, start, func(i int) error {
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

// Output returns the end of what the service printed, at most 8 KiB, over all its
// starts.
func (p *Process) Output() string { return p.output.String() }

// waitHealthy waits until c is healthy, has ended, or ctx or StartTimeout ends.
func (p *Process) waitHealthy(ctx context.Context, c *child) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.config.StartTimeout, fmt.Errorf("not healthy within %v", p.config.StartTimeout))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		unhealthy := p.healthy(ctx)
		if unhealthy == nil && c.running() {
			return nil
		}
		if ctx.Err() == nil { // otherwise it is only that the context ended
			last = unhealthy
		}
		select {
		case <-c.done:
			return p.endedError("it ended before it was healthy", c)
		case <-ctx.Done():
			if last != nil {
				return fmt.Errorf("service process: %w (%v)%s", context.Cause(ctx), last, p.lastOutput())
			}
			return fmt.Errorf("service process: %w%s", context.Cause(ctx), p.lastOutput())
		case <-tick.C:
		}
	}
}

// healthy sends one request to Health; nil means that the service is healthy.
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

// endedError returns what, how c ended, and what it printed last.
func (p *Process) endedError(what string, c *child) error {
	how := "exit status 0"
	if c != nil && c.err != nil {
		how = c.err.Error()
	}
	return fmt.Errorf("service process: %s: %s%s", what, how, p.lastOutput())
}

// lastOutput returns what the service printed last, to be appended to an error.
func (p *Process) lastOutput() string {
	if out := strings.TrimSpace(p.output.String()); out != "" {
		return "; its last output:\n" + out
	}
	return ""
}

// stopChild ends the child with SIGTERM, and after StopTimeout SIGKILL, if it runs;
// it needs mu.
func (p *Process) stopChild() {
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
