package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// serveRole runs the server as a child. It prints the addresses that it listens on, and ends with its standard input, so that it never
// outlives the process that started it.
func serveRole(ctx context.Context, _ []string, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { io.Copy(io.Discard, in); stop() }()
	load, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, load.Close())
	}
	s := NewServer()
	if _, err := fmt.Fprintln(out, load.Addr(), control.Addr()); err != nil {
		return errors.Join(err, load.Close(), control.Close())
	}
	ended := make(chan error, 2)
	go func() { ended <- s.Serve(ctx, load) }()
	go func() { ended <- serve(ctx, control, &http.Server{Handler: s.control()}) }()
	err = <-ended
	stop()
	return errors.Join(err, <-ended)
}

// serverProcess is a server that runs as a child.
type serverProcess struct {
	api     string // http://127.0.0.1:PORT
	control string
	end     func() error
}

// startHost starts a server that ends with ctx, or by end.
func startHost(ctx context.Context) (*serverProcess, error) {
	p, err := self("serve")
	if err != nil {
		return nil, err
	}
	cmd, group := p.command(ctx)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := group.Start(); err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	h := &serverProcess{end: func() error {
		in.Close()
		err := cmd.Wait()
		group.Close()
		return err
	}}
	line, err := firstLine(out)
	load, control, ok := strings.Cut(line, " ")
	if err == nil && !ok {
		err = fmt.Errorf("it printed %q", line)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the server: %w", err), h.end())
	}
	h.api, h.control = "http://"+load, "http://"+control
	return h, nil
}

// set starts a new count under a plan.
func (s *serverProcess) set(ctx context.Context, p Plan) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.ask(ctx, http.MethodPut, "/plan", body, nil)
}

// counts returns what the server counted since set.
func (s *serverProcess) counts(ctx context.Context) (c Counts, err error) {
	err = s.ask(ctx, http.MethodGet, "/counts", nil, &c)
	return c, err
}

func (s *serverProcess) ask(ctx context.Context, method, path string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.control+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the server: %s: %.200s", resp.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
