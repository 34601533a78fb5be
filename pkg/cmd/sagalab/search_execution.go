package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/purchase"
)

// search executes the search command.
func search(ctx context.Context, out, log io.Writer, f searchFlags) error {
	o, err := f.options()
	c, wrong := f.config()
	if err := errors.Join(err, wrong); err != nil {
		return err
	}
	replayed, err := f.replayed()
	if err != nil {
		return err
	}
	files, err := f.files.open()
	if err != nil {
		return err
	}
	r, err := f.execute(ctx, log, c, o, replayed)
	code := codeOf(ctx, err)
	if err == nil {
		code = exitCode(r.ExitCode())
		if ctx.Err() != nil {
			code = exitInterrupted
		}
		fmt.Fprint(out, r.String())
		f.printReplay(out, &r)
		err = errors.Join(verdictError(code, r.Sentence()), f.writeJSONValue(&r))
	}
	return errors.Join(err, files.write(searchVerdict(&r, code, err)))
}

// replayed reads the schedule of --replay, nil without one.
func (f *searchFlags) replayed() (*faultsearch.Replayed, error) {
	if f.replay == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.replay)
	if err != nil {
		return nil, fmt.Errorf("--replay: %w", err)
	}
	r, err := faultsearch.ParseReplayed(text)
	if err != nil {
		return nil, fmt.Errorf("--replay %s: %w", f.replay, err)
	}
	return &r, nil
}

// execute starts what has to be started, and searches or replays.
func (f *searchFlags) execute(ctx context.Context, log io.Writer, c faultsearch.ServiceConfig, o faultsearch.Options, replayed *faultsearch.Replayed) (r faultsearch.Result, err error) {
	if f.start != "" {
		if c.Process, err = startService(ctx, log, f.start, c.Endpoint); err != nil {
			return r, err
		}
		defer c.Process.Stop()
	}
	if err := reach(ctx, log, c); err != nil {
		return r, err
	}
	s, err := faultsearch.NewService(ctx, c)
	if err != nil {
		if errors.Is(err, faultsearch.ErrNoReset) {
			err = withExitCode(exitUnclear, fmt.Errorf("%w (--reset CMD or --fresh)", err))
		}
		return r, err
	}
	defer s.Close()
	if f.resume != "" {
		if o.Journal, err = faultsearch.OpenJournal(f.resume, f.about(c)); err != nil {
			return r, err
		}
		defer o.Journal.Close()
		if n := o.Journal.Len(); n > 0 {
			fmt.Fprintf(log, "Going on with %s in %s\n", counted(n, "execution"), f.resume)
		}
	}
	o.Progress = searchProgress(log)
	if replayed != nil {
		r, err = faultsearch.Replay(ctx, s, o, *replayed)
	} else {
		r, err = faultsearch.Run(ctx, s, o)
	}
	s.Describe(&r)
	return r, err
}

// reach refuses to search a service that is out of reach.
func reach(ctx context.Context, log io.Writer, c faultsearch.ServiceConfig) error {
	how := purchase.DefaultConnectivity()
	err := c.Reachable(ctx, how, func(n int, err error) {
		fmt.Fprintf(log, "Connectivity check %d of %d failed: %v\n", n, how.Attempts, err)
	})
	if down := new(purchase.UnreachableError); errors.As(err, &down) {
		return fmt.Errorf("%w: nothing was searched; start the service, or correct --api", err)
	}
	return err
}

// about says what a journal is of.
func (f *searchFlags) about(c faultsearch.ServiceConfig) string {
	return strings.Join(append([]string{c.Endpoint.String(), fmt.Sprintf("%v, seed %d", c.Times, c.Seed)}, f.participants...), "; ")
}

// startService starts the service that is to be killed.
func startService(ctx context.Context, log io.Writer, command string, e purchase.Endpoint) (*fault.Process, error) {
	args := strings.Fields(command)
	if runtime.GOOS != "windows" {
		args = []string{"sh", "-c", "exec " + command}
	}
	p, err := fault.StartProcess(ctx, fault.ProcessConfig{Command: args, Health: e.String() + "/health", Output: log})
	if err != nil {
		return nil, fmt.Errorf("--start: %w", err)
	}
	return p, nil
}

// progressEvery is the time between two lines of progress.
const progressEvery = 2 * time.Second

// searchProgress returns a function that writes how far a search has come.
func searchProgress(log io.Writer) func(faultsearch.Progress) {
	var last time.Time
	var doing faultsearch.Doing
	return func(p faultsearch.Progress) {
		if p.Doing == doing && time.Since(last) < progressEvery {
			return
		}
		if p.Doing == faultsearch.Growing && doing != p.Doing {
			fmt.Fprintf(log, "At most %d schedules, about %v\n", p.Planned, p.Left.Round(time.Second))
		} else {
			fmt.Fprintf(log, "%s\n", p)
		}
		doing, last = p.Doing, time.Now()
	}
}

// printReplay prints the command that executes a witness again.
func (f *searchFlags) printReplay(out io.Writer, r *faultsearch.Result) {
	if r.Witness == nil {
		return
	}
	if f.json == "" {
		text, err := json.Marshal(faultsearch.Replayed{World: r.Witness.World, Schedule: r.Witness.Schedule})
		if err == nil {
			fmt.Fprintf(out, "\nReplay it with --replay FILE, a file with\n%s\n", text)
		}
		return
	}
	args := []string{"sagalab search --replay", f.json, "--api", r.API}
	if f.adapterFile != "" {
		args = append(args, "--adapter", f.adapterFile)
	}
	for _, p := range f.participants {
		args = append(args, "--participant", p)
	}
	fmt.Fprintf(out, "\nReplay it with\n  %s\n", strings.Join(args, " "))
}

// writeJSONValue writes a value to the file of --json, if there is one.
func (f *searchFlags) writeJSONValue(value any) error {
	if f.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		err = os.WriteFile(f.json, append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("--json: %w", err)
	}
	return nil
}

// searchSuite is the suite of what a search found out.
const searchSuite = "search"

// searchVerdict is the verdict of a search for a build server.
func searchVerdict(r *faultsearch.Result, code exitCode, err error) verdict {
	v := verdict{command: searchSuite, subject: r.API}
	if r.Answer != "" {
		found := finding{suite: searchSuite, name: fmt.Sprintf("no %d faults break a rule", r.Options.Faults), says: r.Sentence(), details: r.String(), seconds: r.Seconds}
		switch r.Answer {
		case faultsearch.FoundWitness:
			found.result = failed
			v.audit = r.Witness.Execution.Report
		case faultsearch.Undecided:
			found.result = undecided
		}
		v.findings = append(v.findings, found)
	}
	v.conclude(code, err)
	return v
}
