package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/oserr"
	"sagalab/pkg/internal/shop"
)

func serveCommand(log io.Writer) *cobra.Command {
	var addr string
	var config shop.Config
	var wrong chaosFlags
	var bookshop bool
	var processes participantFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference purchase service",
		Long: `Run the reference purchase service until Ctrl-C or SIGTERM, which end it with exit code 0.

Without --db, and without ` + dbVariable + ` in the environment, it keeps everything in a temporary file. A file
serves one process. A PostgreSQL URL, postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full, serves any number of
processes: start each on an --addr of its own with the same URL. When one process ends, the others finish its purchases.
A command line can be read by other users of the machine: put the password in ` + dbVariable + `, PGPASSWORD or PGPASSFILE.

With --participants http the stock and the payments are processes of their own, on loopback, each with a database file, and
are asked by HTTP. This process starts them, starts them again when they end, and ends them. A proxy can stand before the
calls of sagas: say with --stock-url and --payments-url where the service finds it, and with --stock-addr and
--payments-addr where they listen. Reads and fixtures do not go through it.

` + defectsHelp(),
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if bookshop {
				if err := refuseBeside(c, "bookshop", "addr"); err != nil {
					return err
				}
				return serveBookshop(c.Context(), log, addr)
			}
			if err := wrong.applyTo(&config); err != nil {
				return err
			}
			config.DB = database(c)
			if processes.only != "" {
				return serveParticipant(c.Context(), c.OutOrStdout(), log, processes.only, addr, config)
			}
			if err := processes.check(c); err != nil {
				return err
			}
			if processes.where == overHTTP {
				return processes.serve(c.Context(), log, addr, config)
			}
			return serve(c.Context(), log, addr, config)
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8000", "address to listen on")
	databaseFlag(c)
	c.Flags().BoolVar(&config.Lab, "lab", false, "offer PUT /lab/scenario, which sets a fixture and drops all orders")
	c.Flags().BoolVar(&bookshop, "bookshop", false, "run a bookshop instead, whose API is not the contract, for trying adapters; it keeps everything in memory")
	wrong.flags(c)
	processes.flags(c)
	return c
}

// dbVariable names the service's database in the environment.
const dbVariable = "SAGALAB_DB"

func databaseFlag(c *cobra.Command) {
	// No default value: --help would print it, with the password.
	c.Flags().String("db", "", "database of the service, kept between starts: a file, or the URL of a PostgreSQL database\n(default: "+dbVariable+" in the environment, else a temporary file)")
}

// database returns the database of the flag --db, else of the environment.
func database(c *cobra.Command) string {
	if f := c.Flag("db"); f.Changed {
		return f.Value.String()
	}
	return os.Getenv(dbVariable)
}

func serve(ctx context.Context, log io.Writer, addr string, config shop.Config) error {
	s, err := startShop(ctx, log, addr, config)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "Purchase service on %s (Ctrl-C stops it)\n", s.url())
	return s.wait()
}

// runningShop is the reference service of this process.
type runningShop struct {
	listener net.Listener
	done     chan struct{}
	err      error // once ended is closed
}

// startShop starts the reference service; it stops when ctx ends.
func startShop(ctx context.Context, log io.Writer, addr string, config shop.Config) (*runningShop, error) {
	listener, err := net.Listen("tcp", addr)
	if oserr.AddressInUse(err) {
		return nil, fmt.Errorf("%s is taken%s: stop it, or choose another address with --addr", addr, portOwner(addr))
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w; give --addr as HOST:PORT, such as 127.0.0.1:8000", addr, err)
	}
	config.Logger = slog.New(slog.NewTextHandler(log, nil))
	s, err := shop.Open(ctx, config)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	r := &runningShop{listener: listener, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		served := shop.Serve(ctx, listener, s)
		// ctx has ended by now; closing has a time of its own
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		r.err = errors.Join(served, s.Close(bounded))
	}()
	return r, nil
}

func (r *runningShop) url() string { return "http://" + r.listener.Addr().String() }

// wait waits for the end of the service and returns its error.
func (r *runningShop) wait() error {
	<-r.done
	return r.err
}
