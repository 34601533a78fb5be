package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/fleet"
	"sagalab/pkg/internal/shop"
)

func migrateCommand(out, log io.Writer) *cobra.Command {
	var db, fleetDB string
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Make the tables of the service or of a fleet, as the role that owns them, and end",
		Long: `Make the tables of the reference service (--db) and of a fleet (--fleet), or bring them up to date, and
end. Run it as the role that owns them. serve, worker and load do the same when they start; after
migrate their roles do not need the permission to make tables.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			db, fleetDB := cmp.Or(db, os.Getenv("SAGALAB_DB")), cmp.Or(fleetDB, os.Getenv("SAGALAB_FLEET"))
			if db == "" && fleetDB == "" {
				return errors.New("migrate requires --db, the database of the service, or --fleet, that of a fleet, or both")
			}
			return migrate(c.Context(), out, log, db, fleetDB)
		},
	}
	// no default values: --help would print them, with their passwords
	c.Flags().StringVar(&db, "db", "", "database of the service (default: SAGALAB_DB)")
	c.Flags().StringVar(&fleetDB, "fleet", "", "database of the fleet (default: SAGALAB_FLEET)")
	return c
}

// migrate opens each named database and closes it again: opening makes the tables.
func migrate(ctx context.Context, out, log io.Writer, db, fleetDB string) error {
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if db != "" {
		s, err := shop.Open(ctx, shop.Config{DB: db, Logger: logger})
		if err != nil {
			return err
		}
		if err := s.Close(ctx); err != nil {
			return err
		}
		fmt.Fprintln(out, "The service's tables are up to date.")
	}
	if fleetDB != "" {
		if err := fleet.Migrate(ctx, fleetDB, logger); err != nil {
			return err
		}
		fmt.Fprintln(out, "The fleet's tables are up to date.")
	}
	return nil
}
