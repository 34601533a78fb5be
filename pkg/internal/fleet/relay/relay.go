// Package relay lets one process have a fleet send its load through another one,
// which talks to the fleet's database. A notebook's cell does: compiling the
// engine into each cell would take a minute. The other process is `sagalab relay`;
// it reads a request from its standard input and writes messages to its standard
// output, as encoding/gob has them.
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

	"sagalab/pkg/internal/procgroup"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Request is what is to be sent, and by whom.
type Request struct {
	// Fleet is the fleet's database, or "local"; Workers how many of its workers, 0
	// for all that are free.
	Fleet      string
	Workers    int
	API        string
	AllowHosts []string
	// Stage is as load.ParseStage reads it.
	Stage  string
	Order  purchase.Request
	Policy retry.Policy
	Seed   uint64
}

// Load is the request's load; its target has no secrets, which every worker has
// itself.
func (r Request) Load() (runner.Load, runner.Target, error) {
	stage, err := load.ParseStage(r.Stage)
	if err != nil {
		return runner.Load{}, runner.Target{}, err
	}
	e, err := purchase.ParseEndpoint(r.API, r.AllowHosts...)
	return runner.Load{Stage: stage, Order: r.Order}, runner.Target{Endpoint: e, Seed: r.Seed, Config: retry.Config{Policy: r.Policy}}, err
}

// message is a batch, or the end.
type message struct {
	Parcel                     runs.Parcel
	Started, Dropped, InFlight int
	Elapsed                    time.Duration
	Lag                        load.Lag

	Last   bool
	Result runner.Ended
	// Failure is why the load did not come to its end, "" if it did; Lost how much
	// of it is lost, below 0 if that is not the reason.
	Failure string
	Lost    int
}

// Serve is the other process's part: it reads a request from in, has send send it,
// and writes what comes of it to out. The error is of the conversation itself.
func Serve(ctx context.Context, in io.Reader, out io.Writer, send func(context.Context, Request, func(runner.Batch) error) (runner.Ended, error)) error {
	var r Request
	if err := gob.NewDecoder(in).Decode(&r); err != nil {
		return fmt.Errorf("reading the request, which a notebook's cell makes: %w", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() { // when who asked is gone, nobody wants the load any more
		_, _ = io.Copy(io.Discard, in)
		stop(errors.New("the notebook's cell has ended"))
	}()
	to := gob.NewEncoder(out)
	ended, err := send(ctx, r, func(b runner.Batch) error {
		p, err := runs.Pack(b.Records)
		if err != nil {
			return err
		}
		return to.Encode(message{Parcel: p, Started: b.Started, Dropped: b.Dropped, InFlight: b.InFlight, Elapsed: b.Elapsed, Lag: b.Lag})
	})
	last := message{Last: true, Result: ended, Lost: -1}
	if err != nil {
		last.Failure = err.Error()
		if lost := new(runner.LostError); errors.As(err, &lost) {
			last.Lost, last.Failure = lost.Lost, lost.Text
		}
	}
	return to.Encode(last)
}

// Through has a program, `sagalab relay` with its arguments, make the request for
// a load: its seed is the source's. Ending ctx interrupts the program, which then
// brings home what was recorded.
func Through(program []string, r Request) runner.Source {
	return func(ctx context.Context, seed uint64, record func(runner.Batch) error) (runner.Ended, error) {
		r.Seed = seed
		c := exec.Command(program[0], program[1:]...)
		// of its own group: the notebook's stop button interrupts this process, and
		// this one tells the other when to stop
		group := procgroup.New(c)
		defer group.Close()
		var said strings.Builder
		c.Stderr = &said
		conversation, err := startProgram(c, group, r)
		if err != nil {
			return runner.Ended{}, fmt.Errorf("asking the fleet through %s: %w", program[0], err)
		}
		defer context.AfterFunc(ctx, func() { _ = group.Interrupt() })()
		keeper := runner.NewKeeper(record)
		last, err := receive(conversation, keeper, func() { _ = group.Interrupt() })
		if waited := c.Wait(); err != nil {
			err = fmt.Errorf("the fleet's answer broke off (%w, %v): %s", err, waited, lastLine(said.String()))
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

// begin starts the program and makes the request.
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

// listen hands on batches until the end. stop is called when they cannot be kept.
func receive(from io.Reader, keeper *runner.Keeper, stop func()) (message, error) {
	d := gob.NewDecoder(from)
	for {
		var m message // a new one, since gob leaves out zeros
		if err := d.Decode(&m); err != nil {
			return m, err
		}
		if m.Last {
			return m, nil
		}
		records, err := runs.Unpack(m.Parcel)
		if err != nil {
			stop()
			return m, err
		}
		before := keeper.Err
		keeper.Keep(runner.Batch{Records: records, Started: m.Started, Dropped: m.Dropped, InFlight: m.InFlight, Elapsed: m.Elapsed, Lag: m.Lag})
		if before == nil && keeper.Err != nil {
			stop()
		}
	}
}

func (m message) err() error {
	switch {
	case m.Failure == "":
		return nil
	case m.Lost >= 0:
		return &runner.LostError{Lost: m.Lost, Text: m.Failure}
	}
	return errors.New(m.Failure)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "sagalab: ")
}
