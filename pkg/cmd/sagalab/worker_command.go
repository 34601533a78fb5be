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

	"sagalab/pkg/adapters"
	"sagalab/pkg/internal/fleet"
	"sagalab/pkg/retry"
)

func workerCommand(log io.Writer) *cobra.Command {
	var c fleet.WorkerConfig
	var files retry.TLSFiles
	var quiet bool
	var feeds []string
	command := &cobra.Command{
		Use:   "worker",
		Short: "Join a fleet: send a part of the load that `load --fleet` asks for",
		Long: `Join a fleet and work until Ctrl-C or SIGTERM, which end it with exit code 0. A worker sends a part of each load that
` + "`sagalab load --fleet`" + ` with the same database asks for. The Authorization header of purchases is this process's
own (SAGALAB_AUTHORIZATION), as are its certificates: they are never in the database.

The process that asks for load names its address; --allow-host says which addresses this worker accepts, loopback included:
  shop.example          https at port 443
  shop.example:8000     http or https at port 8000 (port 443: https only, port 80: http only)
  127.0.0.1:*           http or https at every port of this host
  http://shop.example   this scheme, at its port 80 (https: 443) or at the port that follows
Anything else is refused before a byte is sent, and SAGALAB_AUTHORIZATION is never sent on a redirect.`,
		Args: atMost(0),
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := fromEnvironment(files).Config()
			if err != nil {
				return err
			}
			c.TLS = config
			for _, path := range feeds {
				feed, err := readFeed(path)
				if err != nil {
					return err
				}
				c.Feeds = append(c.Feeds, feed)
			}
			return work(command.Context(), log, c, quiet)
		},
	}
	flags := command.Flags()
	flags.StringVar(&c.DB, "fleet", "", "database of the fleet: postgres://…, or a file for processes of this machine (default: SAGALAB_FLEET)")
	renameFlag(command, "db", "fleet")
	flags.StringVar(&c.Name, "name", "", "name of this worker in messages and results (default: the host name and the process id)")
	flags.StringVar(&c.Dir, "dir", "", "directory for records that are not yet delivered to the database (default: a temporary one)")
	flags.StringSliceVar(&c.AllowHosts, "allow-host", splitHosts(os.Getenv("SAGALAB_ALLOW_HOST")), "where this worker may send load: HOST (https, port 443), HOST:PORT or SCHEME://HOST[:PORT]; may be given again")
	flags.StringArrayVar(&feeds, "feed", nil, "this worker's own copy of a CSV file that load takes its purchases from (load --feed); a load whose file has another SHA-256 is refused; may be given again")
	tlsFlags(command, &files)
	flags.BoolVar(&quiet, "quiet", false, "log warnings and errors only")
	return command
}

func work(ctx context.Context, log io.Writer, c fleet.WorkerConfig, quiet bool) error {
	if c.DB = cmp.Or(c.DB, os.Getenv("SAGALAB_FLEET")); c.DB == "" {
		return errors.New("worker requires --fleet, the database of its fleet, such as postgres://sagalab@db.example/fleet")
	}
	level := slog.LevelInfo
	if quiet {
		level = slog.LevelWarn
	}
	c.Vars = adapters.Environment()
	c.Header, c.Logger = requestHeader(), slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))
	return fleet.Work(ctx, c, func(name string) {
		fmt.Fprintf(log, "Worker %s has joined the fleet (Ctrl-C stops it)\n", name)
	})
}
