package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/shop"
)

// labFlags are the flags of the lab command.
type labFlags struct {
	serviceFlags
	dir     string // of the notebooks, "" for the checkout's own
	inPlace bool
	addr    string // of the reference service
	jupyter string // of Jupyter
	exposed bool
	db      string
	noApt   bool
}

func labCommand(out, log io.Writer) *cobra.Command {
	var f labFlags
	c := &cobra.Command{
		Use:   "lab [DIR]",
		Short: "Explore notebooks in JupyterLab, beside the reference service",
		Long: `Open the notebooks of DIR in JupyterLab. Without DIR these are copies of the checkout's own notebooks,
in .sagalab/notebooks: a copy that you have changed is never written to, the others follow their originals, and one that you
delete is made anew at the next start.`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.dir = args[0]
			}
			return runLab(c.Context(), out, log, f)
		},
	}
	f.serviceFlags.flags(c)
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:8000", "address of the reference service, which is started unless --api names another one")
	c.Flags().StringVar(&f.db, "db", "", "database file of the reference service, kept between starts (default: a temporary one)")
	c.Flags().StringVar(&f.jupyter, "jupyter", "127.0.0.1:8888", "address of Jupyter; port 0 takes a free one")
	c.Flags().BoolVar(&f.exposed, "exposed", false, "allow a --jupyter address that others can reach, as inside a container")
	c.Flags().BoolVar(&f.inPlace, "in-place", false, "open the checkout's own notebooks instead of copies")
	noAptFlag(c, &f.noApt)
	return c
}

// runLab runs until ctx ends, or Jupyter, or the service. It then ends every process that it
// started.
func runLab(ctx context.Context, out, log io.Writer, f labFlags) (err error) {
	l, err := checkoutLab()
	if err != nil {
		return err
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	store, err := runsStore()
	if err != nil {
		return err
	}
	endpoint, named, err := f.endpoint()
	if err != nil {
		return err
	}
	if _, err := f.connection(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	api, own, ended := endpoint.String(), "", make(<-chan struct{})
	if !named {
		// before the set-up, which can take minutes: a taken port is said at once
		service, err := startShop(ctx, log, f.addr, shop.Config{Lab: true, DB: f.db})
		if err != nil {
			stop()
			return err
		}
		defer func() { stop(); err = errors.Join(err, service.wait()) }()
		api, own, ended = service.url(), service.url(), service.done
	}
	defer stop()
	if err := l.SetUp(ctx, jupyter.Setup{Explore: true, NoApt: f.noApt, Progress: log}); err != nil {
		return err
	}
	if options.Env, err = f.env(api, store.Dir, own, ""); err != nil {
		return err
	}
	bookshop, wait, err := startBookshop(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { stop(); wait() }()
	options.Env = append(options.Env, bookshopVariable+"="+bookshop)
	if err := f.chooseNotebooks(ctx, log, l, &options); err != nil {
		return err
	}
	server, err := l.Start(ctx, options)
	if taken := new(jupyter.PortTakenError); errors.As(err, &taken) {
		return fmt.Errorf("%w with --jupyter; it is taken%s", err, portOwner(taken.Addr))
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
	fmt.Fprintf(out, "Purchase service  %s\nJupyter           %s\nNotebooks         %s\nRuns              %s\nCtrl-C stops both.\n",
		api, server.URL, f.notebooksText(l, options.Dir), relativePath(store.Dir))
	return server.Wait()
}

func (f labFlags) options() (jupyter.Options, error) {
	host, port, err := net.SplitHostPort(f.jupyter)
	if err != nil {
		return jupyter.Options{}, fmt.Errorf("--jupyter %q: %w; write it as HOST:PORT, such as 127.0.0.1:8888", f.jupyter, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return jupyter.Options{}, fmt.Errorf("--jupyter %q: %q is no port number", f.jupyter, port)
	}
	return jupyter.Options{IP: host, Port: n, Exposed: f.exposed, Dir: f.dir}, f.checkDir()
}

// checkDir returns an error when DIR is not a directory.
func (f labFlags) checkDir() error {
	if f.dir == "" {
		return nil
	}
	if info, err := os.Stat(f.dir); err != nil {
		return fmt.Errorf("the directory of the notebooks: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is a file: name the directory that it lies in", f.dir)
	}
	return nil
}

// chooseNotebooks sets the directory that JupyterLab shows, after it has made or
// refreshed copies if it is to show those, and the notebook to open first.
func (f labFlags) chooseNotebooks(ctx context.Context, log io.Writer, l *jupyter.Installation, o *jupyter.Options) error {
	if o.Dir == "" {
		o.Dir = l.Notebooks()
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	if !f.inPlace && sameFile(o.Dir, l.Notebooks()) {
		copies, err := l.CopyNotebooks(ctx)
		if err != nil {
			return err
		}
		for _, name := range copies.Outdated {
			fmt.Fprintf(log, "The checkout has a newer %s than your changed copy; delete the copy to get it at the next start.\n", name)
		}
		o.Dir = copies.Dir
	}
	if _, err := os.Stat(filepath.Join(o.Dir, firstNotebook)); err == nil {
		o.Open = firstNotebook
	}
	return nil
}

// notebooksText returns the path of the directory of notebooks, with a note when they are copies.
func (f labFlags) notebooksText(l *jupyter.Installation, dir string) string {
	if sameFile(dir, l.Scratch()) {
		return relativePath(dir) + " (copies, which git ignores; --in-place opens the originals)"
	}
	return relativePath(dir)
}

// sameFile reports whether two paths lead to one file or directory that exists.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
