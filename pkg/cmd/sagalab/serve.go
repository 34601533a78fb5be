package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/shop"
)

func serveCommand(log io.Writer) *cobra.Command {
	var addr string
	var config shop.Config
	var wrong wrongs
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference purchase service",
		Long:  "Run the reference purchase service.\n\n" + wrongHelp(),
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := wrong.into(&config); err != nil {
				return err
			}
			return serve(c.Context(), log, addr, config)
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8000", "address to listen on")
	c.Flags().StringVar(&config.DB, "db", "", "database file, kept between starts (default: a temporary one)")
	c.Flags().BoolVar(&config.Lab, "lab", false, "offer PUT /lab/scenario, which drops all orders")
	wrong.flags(c)
	return c
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
	ended    chan struct{}
	err      error // once ended is closed
}

// startShop starts the reference service; it stops when ctx ends.
func startShop(ctx context.Context, log io.Writer, addr string, config shop.Config) (*runningShop, error) {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken%s: stop it, or choose another address with --addr", addr, ownerOf(addr))
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w; give --addr as HOST:PORT, such as 127.0.0.1:8000", addr, err)
	}
	config.Logger = slog.New(slog.NewTextHandler(log, nil))
	s, err := shop.Open(ctx, config)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	r := &runningShop{listener: listener, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		served := shop.Serve(ctx, listener, s)
		// ctx has ended by now; closing has a time of its own
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		r.err = errors.Join(served, s.Close(bounded))
	}()
	return r, nil
}

func (r *runningShop) url() string { return "http://" + r.listener.Addr().String() }

// wait returns when the service has ended, with what it failed with.
func (r *runningShop) wait() error {
	<-r.ended
	return r.err
}
