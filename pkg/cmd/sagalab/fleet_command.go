package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/fleet"
)

func fleetCommand(out io.Writer) *cobra.Command {
	var db string
	c := &cobra.Command{
		Use:   "fleet",
		Short: "List a fleet's workers",
		Long:  "List the workers that have joined a fleet, and which of them are free. The exit code is 0 also when there are none.",
		Args:  atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return listFleet(c.Context(), out, cmp.Or(db, os.Getenv("SAGALAB_FLEET")))
		},
	}
	c.Flags().StringVar(&db, "fleet", "", "database of the fleet: postgres://…, or a file (default: SAGALAB_FLEET)")
	renameFlag(c, "db", "fleet")
	c.AddCommand(collectCommand(out))
	return c
}

func listFleet(ctx context.Context, out io.Writer, db string) error {
	if db == "" {
		return errors.New("fleet requires --fleet, the database of the fleet, such as postgres://sagalab@db.example/fleet, or a file for workers of this machine")
	}
	f, err := fleet.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	members, err := f.Members(ctx)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if len(members) == 0 {
		fmt.Fprintln(out, "No worker has joined; start `sagalab worker` with the same database.")
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "worker\thost\tcores\tversion\tjoined\tstate")
	for _, m := range members {
		state := "free"
		if ok, why := m.Free(); !ok {
			state = why
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", m.Name, m.Host, m.Cores, m.Version, m.Joined.Format(time.DateTime), state)
	}
	return w.Flush()
}
