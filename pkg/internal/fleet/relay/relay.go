// Package relay lets a process send load from a fleet through another process, which has
// the connection to the fleet's database. A notebook's cell uses it, because compiling the
// engine into each cell would take a minute. The other process is `sagalab relay`: it
// reads a Request from its standard input and writes messages to its standard output, both
// encoded by encoding/gob.
package relay

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/procgroup"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Version is the version of the protocol between the two processes. It changes when one of
// them would misread the other.
const Version = "relay-4"

// Request is the load to be sent, and by which fleet.
type Request struct {
	// Version is set by Through; Serve refuses another one than its own.
	Version string
	// Fleet is the fleet's database, or "local". Workers is how many of its workers
	// send, 0 means all that are free.
	Fleet      string
	Workers    int
	API        string
	AllowHosts []string
	// Stage is as load.ParseStage reads it.
	Stage string
	// Buyers are as buyers.Portable writes them, "" for copies of Order. Feed is the file
	// that they read, of which workers that are started for the load get the path.
	Buyers string
	Feed   string
	Order  purchase.Request
	Policy retry.Policy
	Seed   uint64
	// LoadID is that of runner.Load, "" for one that the run does not have.
	LoadID string
	// Answers are those of a purchase.Contract. Adapter is the contents of the file of
	// another adapter, "" for none.
	Answers purchase.Answers
	Adapter string
	// Traceparent is that of runner.Target.
	Traceparent bool
}

// rebuild is the remedy for two versions of the protocol.
const rebuild = "build both from the same checkout, and restart the kernel"

// Load returns the request's load and its target. The target has no header and no TLS:
// each worker has its own. Adapter is left to the caller, who reads it.
func (r Request) Load() (runner.Load, runner.Target, error) {
	stage, err := load.ParseStage(r.Stage)
	if err != nil {
		return runner.Load{}, runner.Target{}, err
	}
	var who purchase.Buyers = r.Order
	if r.Buyers != "" { // a feed is read by the workers only
		if who, err = buyers.Parse(r.Buyers); err != nil {
			return runner.Load{}, runner.Target{}, err
		}
	}
	e, err := purchase.ParseEndpoint(r.API, r.AllowHosts...)
	return runner.Load{Stage: stage, Buyers: who, LoadID: r.LoadID}, runner.Target{Endpoint: e, Seed: r.Seed, Adapter: purchase.Contract{Answers: r.Answers}, Config: retry.Config{Policy: r.Policy}, Traceparent: r.Traceparent}, err
}

// message is a batch of records, or the last message.
type message struct {
	Version string

	Chunk                      runs.Chunk
	Started, Dropped, InFlight int
	Elapsed                    time.Duration
	Lag                        load.Lag

	Last   bool
	Result runner.SourceResult
	// Failure is why the load did not run to its end, "" when it did. Lost is how many
	// operations are lost with a worker, -1 when Failure has another reason.
	Failure string
	Lost    int
}

// Serve is the other process's side: it reads a request from in, calls send with it, and
// writes the batches and the result to out. It stops send when in ends. An error of send is
// written to out; Serve's own error is of reading and writing.
func Serve(ctx context.Context, in io.Reader, out io.Writer, send func(context.Context, Request, func(runner.Batch) error) (runner.SourceResult, error)) error {
	var r Request
	if err := gob.NewDecoder(in).Decode(&r); err != nil {
		err = fmt.Errorf("reading the request, which a notebook's cell writes: %w", err)
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // such as another type of a member
			err = fmt.Errorf("%w: %s", err, rebuild)
		}
		return err
	}
	if r.Version != Version {
		return fmt.Errorf("the notebook's cell has relay version %q, this program %q: %s", r.Version, Version, rebuild)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() { // the cell holds in open until it has the result
		_, _ = io.Copy(io.Discard, in)
		stop(errors.New("the notebook's cell has ended"))
	}()
	to := gob.NewEncoder(out)
	ended, err := send(ctx, r, func(b runner.Batch) error {
		p, err := runs.Pack(b.Records)
		if err != nil {
			return err
		}
		return to.Encode(message{Version: Version, Chunk: p, Started: b.Started, Dropped: b.Dropped, InFlight: b.InFlight, Elapsed: b.Elapsed, Lag: b.Lag})
	})
	last := message{Version: Version, Last: true, Result: ended, Lost: -1}
	if err != nil {
		last.Failure = err.Error()
		if lost := new(runner.LostError); errors.As(err, &lost) {
			last.Lost, last.Failure = lost.Lost, lost.Text
		}
	}
	return to.Encode(last)
}

// Source returns a source of records that passes r to a program, `sagalab relay` with its
// arguments, and returns what that reports. r.Seed is replaced by the source's. When ctx
// ends, the program is interrupted, and what was recorded is still collected.
func Source(program []string, r Request) runner.RecordSource {
	return func(ctx context.Context, seed uint64, record func(runner.Batch) error) (runner.SourceResult, error) {
		r.Seed, r.Version = seed, Version
		c := exec.Command(program[0], program[1:]...)
		// in a process group of its own: the notebook's stop button interrupts this
		// process, which interrupts the program
		group := procgroup.New(c)
		defer group.Close()
		var log strings.Builder
		c.Stderr = &log
		messages, err := startProgram(c, group, r)
		if err != nil {
			return runner.SourceResult{}, fmt.Errorf("starting %s for the fleet: %w", program[0], err)
		}
		defer context.AfterFunc(ctx, func() { _ = group.Interrupt() })()
		keeper := runner.NewRecorder(record)
		last, err := receive(messages, keeper, func() { _ = group.Interrupt() })
		if waited := c.Wait(); err != nil {
			err = fmt.Errorf("the messages of the fleet ended early (%w, %v): %s", err, waited, lastLine(log.String()))
		} else {
			err = last.err()
		}
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case keeper.Err != nil:
			err = keeper.Err
		}
		return last.Result, err
	}
}

// startProgram starts the program, writes the request, and returns the program's output.
func startProgram(c *exec.Cmd, group *procgroup.Group, r Request) (io.Reader, error) {
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = group.Start()
	}
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(in).Encode(r); err != nil {
		return nil, errors.Join(err, c.Process.Kill(), c.Wait())
	}
	return out, nil // in stays open: the program stops when this process ends
}

// receive passes batches to keeper until the last message, which it returns. It calls stop
// when a batch cannot be recorded.
func receive(from io.Reader, keeper *runner.Recorder, stop func()) (message, error) {
	d := gob.NewDecoder(from)
	for {
		var m message // a new one: gob does not write zero values
		if err := d.Decode(&m); err != nil {
			return m, err
		}
		if m.Version != Version {
			stop()
			return m, fmt.Errorf("the program has relay version %q, this notebook's cell %q: %s", m.Version, Version, rebuild)
		}
		if m.Last {
			return m, nil
		}
		records, err := runs.Unpack(m.Chunk)
		if err != nil {
			stop()
			return m, err
		}
		before := keeper.Err
		keeper.Record(runner.Batch{Records: records, Progress: load.Progress{Started: m.Started, Dropped: m.Dropped, InFlight: m.InFlight, Elapsed: m.Elapsed, Lag: m.Lag}})
		if before == nil && keeper.Err != nil {
			stop()
		}
	}
}

// err returns the error that a last message carries, nil when there is none.
func (m message) err() error {
	switch {
	case m.Failure == "":
		return nil
	case m.Lost >= 0:
		return &runner.LostError{Lost: m.Lost, Text: m.Failure}
	}
	return errors.New(m.Failure)
}

// lastLine returns the last line of a log, without the program's name.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "sagalab: ")
}
