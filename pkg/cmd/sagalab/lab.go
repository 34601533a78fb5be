package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"sagalab/pkg/lab"
	"sagalab/pkg/shop"
)

// labFlags is what the lab command can be told.
type labFlags struct {
	service
	addr    string // of the reference service
	jupyter string // of Jupyter
	exposed bool
	db      string
	noApt   bool
}

func labCommand(out, log io.Writer) *cobra.Command {
	var f labFlags
	c := &cobra.Command{
		Use:   "lab",
		Short: "Explore the notebooks in JupyterLab, beside the reference service",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return interactive(c.Context(), out, log, f)
		},
	}
	f.service.flags(c)
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:8000", "address of the reference service, which is started unless --api names another one")
	c.Flags().StringVar(&f.db, "db", "", "database file of the reference service, kept between starts (default: a temporary one)")
	c.Flags().StringVar(&f.jupyter, "jupyter", "127.0.0.1:8888", "address of Jupyter; port 0 takes a free one")
	c.Flags().BoolVar(&f.exposed, "exposed", false, "allow a --jupyter address that others can reach, as inside a container")
	noAptFlag(c, &f.noApt)
	return c
}

// interactive runs until ctx ends, or until Jupyter or the service does, and
// leaves nothing of what it started behind.
func interactive(ctx context.Context, out, log io.Writer, f labFlags) (err error) {
	l, err := here()
	if err != nil {
		return err
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	endpoint, named, err := f.endpoint()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	api, ended := endpoint.String(), make(<-chan struct{})
	if !named {
		// before the set-up, which can take minutes: a taken port is said at once
		service, err := startShop(ctx, log, f.addr, shop.Config{Lab: true, DB: f.db})
		if err != nil {
			stop()
			return err
		}
		defer func() { stop(); err = errors.Join(err, service.wait()) }()
		api, ended = service.url(), service.ended
	}
	defer stop()
	if err := l.SetUp(ctx, lab.Setup{Explore: true, NoApt: f.noApt, Progress: log}); err != nil {
		return err
	}
	options.Env = f.env(api)
	jupyter, err := l.Start(ctx, options)
	if taken := new(lab.PortTakenError); errors.As(err, &taken) {
		return fmt.Errorf("%w with --jupyter; it is taken%s", err, ownerOf(taken.Addr))
	}
	if err != nil {
		return err
	}
	go func() {
		select {
		case <-ended: // the service stopped by itself: there is nothing to explore
			stop()
		case <-ctx.Done():
		}
	}()
	fmt.Fprintf(out, "Purchase service  %s\nJupyter           %s\nCtrl-C stops both.\n", api, jupyter.URL)
	return jupyter.Wait()
}

func (f labFlags) options() (lab.Options, error) {
	host, port, err := net.SplitHostPort(f.jupyter)
	if err != nil {
		return lab.Options{}, fmt.Errorf("--jupyter %q: %w; write it as HOST:PORT, such as 127.0.0.1:8888", f.jupyter, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return lab.Options{}, fmt.Errorf("--jupyter %q: %q is no port number", f.jupyter, port)
	}
	return lab.Options{IP: host, Port: n, Exposed: f.exposed, Open: firstNotebook}, nil
}
