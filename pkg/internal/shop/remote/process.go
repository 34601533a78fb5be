package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"sagalab/pkg/internal/procgroup"
)

const (
	// startTimeout bounds the wait for a participant that was started, stopTimeout that for one
	// that was asked to end.
	startTimeout = 30 * time.Second
	stopTimeout  = 5 * time.Second
	// restartPause is the wait before a participant that ended is started again, unless it
	// had run for longer.
	restartPause = 200 * time.Millisecond
)

// ProcessConfig sets up a Process; Name, Command and Address are required.
type ProcessConfig struct {
	Name string // StockName or PaymentsName
	// Command returns the program and its arguments for a participant that is to listen at an
	// address. It prints its URL as the first line of its standard output once it listens, and
	// ends when its standard input does.
	Command func(address string) []string
	Address string
	// Log receives what the participant writes to its standard error, and that it ended; it may
	// be nil. It must be safe for concurrent use.
	Log io.Writer
}

// Process is a participant as a child process. When it ends, it is started again at its address.
// It ends with this process, however that ends.
type Process struct {
	config  ProcessConfig
	url     string
	closing context.Context
	stop    context.CancelFunc
	ended   chan struct{} // closed when no child runs any more
}

// StartProcess starts a participant and waits until it listens.
func StartProcess(ctx context.Context, c ProcessConfig) (*Process, error) {
	if c.Log == nil {
		c.Log = io.Discard
	}
	p := &Process{config: c, ended: make(chan struct{})}
	first, err := p.startChild(ctx)
	if err != nil {
		return nil, fmt.Errorf("starting the %s: %w", c.Name, err)
	}
	p.url = first.url
	if u, err := url.Parse(first.url); err == nil {
		p.config.Address = u.Host // the same port at the next start
	}
	p.closing, p.stop = context.WithCancel(context.Background())
	go p.keep(first)
	return p, nil
}

// URL returns where the participant listens.
func (p *Process) URL() string { return p.url }

// Close ends the participant and returns when it has ended. Closing again does nothing.
func (p *Process) Close() {
	p.stop()
	<-p.ended
}

// keep starts the participant again whenever it ends, until Close.
func (p *Process) keep(c *child) {
	defer close(p.ended)
	for {
		began := time.Now()
		if c != nil {
			select {
			case <-p.closing.Done():
				c.end()
				return
			case <-c.done:
				fmt.Fprintf(p.config.Log, "Participant %s ended (%s); it is started again on %s\n", p.config.Name, c.how(), p.url)
			}
		}
		if time.Since(began) < restartPause {
			select {
			case <-p.closing.Done():
				return
			case <-time.After(restartPause):
			}
		}
		var err error
		if c, err = p.startChild(p.closing); err != nil {
			c = nil
			if p.closing.Err() == nil {
				fmt.Fprintf(p.config.Log, "Participant %s was not started: %v\n", p.config.Name, err)
			}
		}
	}
}

// child is a participant from one start to its end.
type child struct {
	url   string
	stdin io.Closer
	group *procgroup.Group
	done  chan struct{}
	err   error // how it ended, once done is closed
}

// startChild starts the participant and waits until it says where it listens.
func (p *Process) startChild(ctx context.Context) (*child, error) {
	command := p.config.Command(p.config.Address)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr, cmd.WaitDelay = p.config.Log, time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, stdin.Close())
	}
	c := &child{stdin: stdin, group: procgroup.New(cmd), done: make(chan struct{})}
	c.group.EndWithParent()
	started, line := make(chan error), make(chan string, 1)
	go func() {
		// the child also ends with the thread that started it (procgroup)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.group.Start()
		started <- err
		if err != nil {
			return
		}
		defer close(c.done)
		lines := bufio.NewReader(stdout)
		text, _ := lines.ReadString('\n') // without one it has ended
		line <- strings.TrimSpace(text)
		_, _ = io.Copy(io.Discard, lines)
		c.err = cmd.Wait()
		c.group.Close()
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, c.await(ctx, line)
}

// await waits for the first line of a child; one that does not come ends it.
func (c *child) await(ctx context.Context, line <-chan string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("it did not listen within %v", startTimeout))
	defer cancel()
	select {
	case c.url = <-line:
	case <-ctx.Done():
	}
	if strings.HasPrefix(c.url, "http://") {
		return nil
	}
	if ctx.Err() != nil {
		c.group.Kill()
		<-c.done
		return context.Cause(ctx)
	}
	c.end()
	return fmt.Errorf("it ended before it listened: %s", c.how())
}

// end asks the child to end, waits for that and ends it by force in the end.
func (c *child) end() {
	_ = c.stdin.Close() // it may have ended already
	select {
	case <-c.done:
	case <-time.After(stopTimeout):
		c.group.Kill()
		<-c.done
	}
}

// how says how the child ended.
func (c *child) how() string {
	if c.err == nil {
		return "exit status 0"
	}
	return c.err.Error()
}
