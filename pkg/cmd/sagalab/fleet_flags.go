package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/fleet"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
)

// local is the value of --fleet for worker processes that load starts itself, localWorkers
// of them without --workers.
const (
	local        = "local"
	localWorkers = 4
)

// fleetFlags are the flags that say from where load is sent.
type fleetFlags struct {
	where   string
	workers int
	feed    string // the file that workers of this machine read; "" for none
}

func (f *fleetFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.where, "fleet", "", "send the load from the workers of a fleet: its database (postgres://…, or a file), or local for worker processes that are started here (default: SAGALAB_FLEET, else this process sends)")
	c.Flags().IntVar(&f.workers, "workers", 0, fmt.Sprintf("how many workers of the fleet send; requires --fleet; 0 takes all that are free, and starts %d with --fleet local", localWorkers))
}

// loadFleet is the fleet that sends the load. The zero value is none: this process sends.
type loadFleet struct {
	fleet   *fleet.Fleet
	local   *fleet.Local
	workers int
}

// open connects to the fleet of the flags, or starts a local one. Without --fleet it returns the
// zero value.
func (f fleetFlags) open(ctx context.Context, log io.Writer, s serviceFlags) (*loadFleet, error) {
	if f.workers < 0 {
		return nil, fmt.Errorf("--workers is %d, want at least 1, or 0 for all that are free", f.workers)
	}
	if f.where == "" {
		if f.workers > 0 {
			return nil, errors.New("--workers requires --fleet")
		}
		return &loadFleet{}, nil
	}
	c := &loadFleet{workers: f.workers}
	where := f.where
	if where == local {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		if c.workers == 0 {
			c.workers = localWorkers
		}
		arguments := s.workerArguments()
		if f.feed != "" {
			arguments = append(arguments, "--feed", f.feed)
		}
		if c.local, err = fleet.StartLocal(ctx, program, c.workers, log, arguments...); err != nil {
			return nil, err
		}
		where = c.local.DB()
	}
	var err error
	if c.fleet, err = fleet.Open(ctx, where, nil); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// check returns an error for stages that the fleet cannot send.
func (f *loadFleet) check(ctx context.Context, stages []load.Stage) error {
	var errs []error
	for _, s := range stages {
		if f.fleet != nil {
			_, err := f.fleet.Recruit(ctx, s, f.workers)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// newLoadID returns the id of a new load of the fleet, "" when this process sends it.
func (f *loadFleet) newLoadID() string {
	if f.fleet == nil {
		return ""
	}
	return runner.NewLoadID()
}

// source returns the source of a load's records, nil when this process sends it.
func (f *loadFleet) source(ctx context.Context, l runner.Load, to runner.Target) (runner.RecordSource, error) {
	if f.fleet == nil {
		return nil, nil
	}
	n, err := f.fleet.Recruit(ctx, l.Stage, f.workers)
	if err != nil {
		return nil, err
	}
	return f.fleet.Source(l, to, n), nil
}

func (f *loadFleet) close() error {
	var errs []error
	if f.fleet != nil {
		errs = append(errs, f.fleet.Close())
	}
	if f.local != nil {
		errs = append(errs, f.local.Close())
	}
	return errors.Join(errs...)
}
