package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/fleet"
)

// collectFlags are the flags of fleet collect.
type collectFlags struct {
	db       string
	list     bool
	outboxes []string
}

func collectCommand(out io.Writer) *cobra.Command {
	var f collectFlags
	c := &cobra.Command{
		Use:   "collect [LOAD-ID]",
		Short: "Bring the records of a load whose process was killed into a run on this machine",
		Long: fmt.Sprintf(`Bring what a load of a fleet has left into a run on this machine: what its own run has, when that is here, what waits in the
fleet's database, what living workers keep in their outboxes (--dir of worker), and what the directories of --outbox have.
Each operation is counted once, so that the command can be repeated. What is missing is printed and recorded.

Without LOAD-ID it lists the loads that can be collected. Database and outboxes keep them for %d days.
The exit code is 2 when operations are lost.`, int(fleet.KeptFor.Hours())/24),
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.db = cmp.Or(f.db, os.Getenv("SAGALAB_FLEET"))
			if len(args) == 0 || f.list {
				return f.listLeftovers(c.Context(), out)
			}
			return f.collect(c.Context(), out, args[0])
		},
	}
	c.Flags().StringVar(&f.db, "fleet", "", "database of the fleet: postgres://…, a file, or local for fleets that --fleet local has started here (default: SAGALAB_FLEET)")
	c.Flags().BoolVar(&f.list, "list", false, "list the loads that can be collected, and collect nothing")
	c.Flags().StringSliceVar(&f.outboxes, "outbox", nil, "directory of this machine with outboxes of workers that are not running; may be given again")
	return c
}

// databases returns the databases to look in, each with directories of outboxes.
func (f collectFlags) databases() (map[string][]string, error) {
	switch f.db {
	case "":
		return nil, errors.New("collect requires --fleet, the database of the fleet, or --fleet local")
	case local:
		return fleet.LocalLeftovers(), nil
	}
	return map[string][]string{f.db: f.outboxes}, nil
}

// listLeftovers prints the loads that can be collected.
func (f collectFlags) listLeftovers(ctx context.Context, out io.Writer) error {
	databases, err := f.databases()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	n := 0
	for _, db := range slices.Sorted(maps.Keys(databases)) {
		list, err := leftoversOf(ctx, db)
		if err != nil {
			return err
		}
		for _, l := range list {
			if n++; n == 1 {
				fmt.Fprintln(w, "load\tstage\tapi\tpartitions\tdelivered\tin database\tcoordinator on\tsilent for")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", l.LoadID, l.Stage, l.API, l.Partitions, l.Delivered, l.Waiting, l.Host, l.Silent.Round(time.Second))
		}
	}
	if n == 0 {
		fmt.Fprintln(out, "No load is left to be collected.")
	}
	return w.Flush()
}

// leftoversOf returns the loads of one database that can be collected.
func leftoversOf(ctx context.Context, db string) ([]fleet.Leftover, error) {
	c, err := fleet.Open(ctx, db, nil)
	if err != nil {
		return nil, err
	}
	list, err := c.Leftovers(ctx)
	return list, errors.Join(err, c.Close())
}

// collect collects one load and prints what the run has of it.
func (f collectFlags) collect(ctx context.Context, out io.Writer, loadID string) error {
	databases, err := f.databases()
	if err != nil {
		return err
	}
	db, outboxes, err := f.databaseOf(ctx, databases, loadID)
	if err != nil {
		return err
	}
	store, err := runsStore()
	if err != nil {
		return err
	}
	c, err := fleet.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	report, err := c.Collect(ctx, store, loadID, outboxes...)
	if err := errors.Join(err, c.Close()); err != nil {
		return err
	}
	for _, note := range report.Notes {
		fmt.Fprintln(out, note)
	}
	fmt.Fprintf(out, "run %s\nstage %s: %d planned = %d recorded + %d dropped + %d lost; %d are new in the run\n",
		report.Run.ID, report.Stage, report.Planned, report.Recorded, report.Dropped, report.Lost, report.New)
	if report.Lost > 0 {
		return verdictError(exitUnclear, fmt.Sprintf("%d operations are lost", report.Lost))
	}
	if f.db == local {
		return fleet.RemoveLocal(ctx, db)
	}
	return nil
}

// databaseOf returns the database that has a load, and the directories of its outboxes. With
// one database it is that one.
func (f collectFlags) databaseOf(ctx context.Context, databases map[string][]string, loadID string) (string, []string, error) {
	for db, outboxes := range databases {
		if f.db != local {
			return db, outboxes, nil
		}
		list, err := leftoversOf(ctx, db)
		if err != nil {
			return "", nil, err
		}
		if slices.ContainsFunc(list, func(l fleet.Leftover) bool { return l.LoadID == loadID }) {
			return db, append(outboxes, f.outboxes...), nil
		}
	}
	return "", nil, fmt.Errorf("load %q is not among those that can be collected from local fleets: `sagalab fleet collect --fleet local` lists them", loadID)
}
