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
	var db, crew string
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Make the tables of the service or of a fleet, as the role that owns them, and end",
		Long: `Make the tables of the reference service (--db) and of a fleet (--fleet), or bring them up to date, and
end. Give it the role that owns them: serve, worker and load do the same at their start, but need not
be allowed to once it has been done.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, crew := cmp.Or(db, os.Getenv("SAGALAB_DB")), cmp.Or(crew, os.Getenv("SAGALAB_FLEET"))
			if db == "" && crew == "" {
				return errors.New("migrate requires --db, the database of the service, or --fleet, that of a fleet, or both")
			}
			return migrate(c.Context(), out, log, db, crew)
		},
	}
	// no default values: --help would print them, with their passwords
	c.Flags().StringVar(&db, "db", "", "database of the service (default: SAGALAB_DB)")
	c.Flags().StringVar(&crew, "fleet", "", "database of the fleet (default: SAGALAB_FLEET)")
	return c
}

// migrate opens what was named and closes it again: opening makes the tables.
func migrate(ctx context.Context, out, log io.Writer, db, crew string) error {
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if db != "" {
		s, err := shop.Open(ctx, shop.Config{DB: db, Logger: logger})
		if err != nil {
			return err
		}
		if err := s.Close(ctx); err != nil {
			return err
		}
		fmt.Fprintln(out, "The service's tables are there.")
	}
	if crew != "" {
		if err := fleet.Migrate(ctx, crew, logger); err != nil {
			return err
		}
		fmt.Fprintln(out, "The fleet's tables are there.")
	}
	return nil
}
