package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sagalab/pkg/adapters"
	"sagalab/pkg/internal/fleet/relay"
	"sagalab/pkg/internal/portable"
	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/runner"
)

// relayCommand serves notebooks: their cells send load from a fleet through it (package relay).
func relayCommand(out, log io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:    "relay",
		Short:  "Send the load of a notebook's cell from a fleet",
		Hidden: true,
		Args:   atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			binary := printable.Unwrap(out) // records for a program, no text
			return relay.Serve(c.Context(), os.Stdin, binary, func(ctx context.Context, r relay.Request, record func(runner.Batch) error) (runner.SourceResult, error) {
				l, to, err := r.Load()
				if err == nil && r.Adapter != "" {
					to.Adapter, err = portable.Parse("the adapter", r.Adapter, adapters.Environment())
				}
				if err != nil {
					return runner.SourceResult{}, err
				}
				f, err := fleetFlags{orElse(r.Fleet, local), r.Workers, r.Feed}.open(ctx, log, serviceFlags{api: r.API, allowHosts: r.AllowHosts})
				if err != nil {
					return runner.SourceResult{}, err
				}
				defer f.close()
				source, err := f.source(ctx, l, to)
				if err != nil {
					return runner.SourceResult{}, err
				}
				return source(ctx, r.Seed, record)
			})
		},
	}
}
