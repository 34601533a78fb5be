package jupyter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/internal/oserr"
)

// Options describes how Jupyter is started for a person. The zero value is valid: loopback, a free port, the checkout's
// notebooks.
type Options struct {
	// IP is the address to listen on; "" means 127.0.0.1. One that others can reach needs Exposed.
	IP string
	// Exposed allows an IP that is not loopback. Every client with the token can then run programs on this machine; it is meant
	// for a container whose port is published on the host's loopback.
	Exposed bool
	// Port to listen on; 0 means any free one.
	Port int
	// Dir is the directory that Jupyter shows; "" means the checkout's notebooks.
	Dir string
	// Open is the notebook that URL opens, relative to Dir; "" means none.
	Open string
	// Env holds NAME=value entries that the cells see besides this process's environment.
	Env []string
	// Log takes what Jupyter and the kernels write, such as a crash; nil drops it. It must allow concurrent writes.
	Log io.Writer
}

// Server is a running Jupyter.
type Server struct {
	// URL opens it in a browser. It holds the token, and with that the right to run programs.
	URL string

	sandbox       *sandbox
	cmd           *child
	cancel        context.CancelFunc
	done          chan struct{} // closed when everything has ended
	err           error         // how it ended; read after done
	stopRequested bool          // whether the end was asked for; read after done
	up            chan struct{} // closed when Jupyter answers
	goplsWarming  sync.WaitGroup
}

// PortTakenError reports that the port to listen on is in use.
type PortTakenError struct{ Addr string }

// Error returns which port is in use and what to do.
func (e *PortTakenError) Error() string {
	return fmt.Sprintf("Jupyter cannot listen on %s: the port is taken; name another, or 0 for any free one", e.Addr)
}

const startTimeout = 2 * time.Minute

// Start starts JupyterLab (Notebook 6 where there is no Lab) and returns when it answers. It runs until ctx ends or Stop
// is called; Jupyter is then asked to end, later killed, and its kernels and their programs with it.
func (i *Installation) Start(ctx context.Context, o Options) (*Server, error) {
	if err := i.complete(&o); err != nil {
		return nil, err
	}
	w, err := i.openSandbox(ctx)
	if err != nil {
		return nil, err
	}
	if w.jupyter.Module == "" {
		w.close()
		return nil, ErrNotSetUp
	}
	token := rand.Text()
	// A file and not an argument, which every user of the machine could read with ps, nor a variable, which every cell
	// would inherit.
	tokenFile, err := w.script("token", token)
	if err != nil {
		w.close()
		return nil, fmt.Errorf("start Jupyter: %w", err)
	}
	running, cancel := context.WithCancel(ctx)
	s := &Server{sandbox: w, cancel: cancel, done: make(chan struct{}), up: make(chan struct{})}
	s.URL = o.url(w.jupyter.Module, token)
	env := []string{
		"JUPYTER_TOKEN_FILE=" + tokenFile,
		// what is open in one directory's notebooks is not there in another's
		"JUPYTERLAB_WORKSPACES_DIR=" + i.workspaces(o.Dir),
	}
	s.cmd = w.python(running, terminate, append(env, o.Env...), o.arguments(w.jupyter.Module)...)
	log := &lastOutputLine{tail: lastOutput{limit: 8 << 10}, copyTo: o.Log}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		cancel()
		w.close()
		return nil, fmt.Errorf("start Jupyter: %w", err)
	}
	s.goplsWarming.Go(func() { s.warmGopls(running, log) })
	go s.waitForEnd(running)
	if err := s.waitUntilUp(ctx, o, token); err != nil {
		s.Stop()
		if ctx.Err() == nil {
			err = fmt.Errorf("%w\n%s", err, log)
		}
		return nil, err
	}
	close(s.up)
	return s, nil
}

// warmGopls makes Tab quick once Jupyter is up. What goes wrong with it goes to log: the first Tab is then slower, and all else
// works.
func (s *Server) warmGopls(running context.Context, log io.Writer) {
	select {
	case <-s.up:
	case <-running.Done():
		return
	}
	if err := s.sandbox.warmGopls(running); err != nil && running.Err() == nil {
		fmt.Fprintln(log, err)
	}
}

// complete fills in what o leaves open, and refuses what cannot work.
func (i *Installation) complete(o *Options) error {
	if o.IP == "" {
		o.IP = "127.0.0.1"
	}
	ip := net.ParseIP(o.IP)
	if ip == nil {
		return fmt.Errorf("start Jupyter: %q is no IP address", o.IP)
	}
	if !ip.IsLoopback() && !o.Exposed {
		return fmt.Errorf("start Jupyter: others can reach %s, and could run programs here if they got the token: use 127.0.0.1, or allow it expressly", o.IP)
	}
	if o.Port < 0 || o.Port > 65535 {
		return fmt.Errorf("start Jupyter: port %d is not between 0 and 65535", o.Port)
	}
	if o.Dir == "" {
		o.Dir = i.Notebooks()
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return fmt.Errorf("start Jupyter: %w", err)
	}
	if info, err := os.Stat(o.Dir); err != nil || !info.IsDir() {
		return fmt.Errorf("start Jupyter: %s is not a directory", o.Dir)
	}
	return o.choosePort()
}

// workspaces is where JupyterLab keeps what is open, for notebooks of the directory dir.
func (i *Installation) workspaces(dir string) string {
	return i.inside("jupyter", "workspaces", keyOf(dir)[:16])
}

// choosePort finds out whether the port is free, or which one is. Another program may take it before Jupyter does; Jupyter then
// ends with an error, because its port_retries is 0.
func (o *Options) choosePort() error {
	addr := net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		if oserr.AddressInUse(err) {
			return &PortTakenError{Addr: addr}
		}
		return fmt.Errorf("start Jupyter: %w", err)
	}
	o.Port = listener.Addr().(*net.TCPAddr).Port
	return listener.Close()
}

// host is where this machine reaches what listens on o.IP.
func (o *Options) host() string {
	ip := net.ParseIP(o.IP)
	if ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))
	}
	return net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
}

// url is the address to open: the two front ends have different paths.
func (o *Options) url(module, token string) string {
	page := "/tree"
	if module == "jupyterlab" {
		page = "/lab"
	}
	if o.Open != "" && module == "jupyterlab" {
		page = "/lab/tree/" + filepath.ToSlash(o.Open)
	} else if o.Open != "" {
		page = "/notebooks/" + filepath.ToSlash(o.Open)
	}
	u := url.URL{Scheme: "http", Host: o.host(), Path: page, RawQuery: url.Values{"token": {token}}.Encode()}
	return u.String()
}

// arguments are those of python. Notebook 6 calls some options differently.
func (o *Options) arguments(module string) []string {
	server, root := "ServerApp", "root_dir"
	if module == "notebook" {
		server, root = "NotebookApp", "notebook_dir"
	}
	args := []string{
		"-m", module, "--no-browser",
		"--" + server + ".ip=" + o.IP,
		fmt.Sprintf("--%s.port=%d", server, o.Port),
		"--" + server + ".port_retries=0",
		fmt.Sprintf("--%s.%s=%s", server, root, o.Dir),
		"--KernelSpecManager.ensure_native_kernel=False",
		"--KernelSpecManager.allowed_kernelspecs=" + interactiveKernel,
		"--MultiKernelManager.default_kernel_name=" + interactiveKernel,
	}
	if os.Geteuid() == 0 {
		args = append(args, "--allow-root")
	}
	if module == "jupyterlab" {
		// No questions to the network: neither for news, nor for new versions, nor for extensions.
		args = append(args, "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
			"--LabApp.extension_manager=readonly")
	}
	return args
}

// waitForEnd waits for the end of Jupyter and clears up after it.
func (s *Server) waitForEnd(running context.Context) {
	defer close(s.done)
	err := s.cmd.Wait()
	s.stopRequested = running.Err() != nil // also when it took so long that it was killed
	killGroup(s.cmd)
	s.cancel()
	s.goplsWarming.Wait()
	s.sandbox.close()
	s.err = err
}

// waitUntilUp asks the server for its status until it answers.
func (s *Server) waitUntilUp(ctx context.Context, o Options, token string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer from Jupyter within %v", startTimeout))
	defer cancel()
	for {
		if isUp(ctx, "http://"+o.host()+"/api/status", token) {
			return nil
		}
		select {
		case <-s.done:
			return errors.New("start Jupyter: it ended instead")
		case <-ctx.Done():
			return fmt.Errorf("start Jupyter: %w", context.Cause(ctx))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// isUp reports whether the server with this token answers: another one, on the same port, would refuse the token.
func isUp(ctx context.Context, address, token string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "token "+token)
	// Not the default transport: it would go through a proxy of the environment.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Wait returns when Jupyter and all that it started have ended: nil after Stop or the end of the context, else an error,
// for example when "Shut Down" was chosen in the browser and Jupyter ended with an error.
func (s *Server) Wait() error {
	<-s.done
	if s.err != nil && !s.stopRequested {
		return fmt.Errorf("the Jupyter server ended by itself: %w", s.err)
	}
	return nil
}

// Stop ends Jupyter and waits until it and all that it started are gone. It may be called more than once.
func (s *Server) Stop() {
	s.cancel()
	<-s.done
}

// lastOutputLine keeps the end of a log and copies all of it.
type lastOutputLine struct {
	mu     sync.Mutex
	tail   lastOutput
	copyTo io.Writer
}

func (l *lastOutputLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.tail.Write(p)
	if l.copyTo != nil {
		return l.copyTo.Write(p)
	}
	return len(p), nil
}

func (l *lastOutputLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(plain(l.tail.String()))
}
