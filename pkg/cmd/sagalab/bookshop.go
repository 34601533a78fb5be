package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sagalab/pkg/internal/bookshop"
	"sagalab/pkg/internal/oserr"
)

// bookshopVariable holds, for cells, the address of the service whose API is not the contract.
const bookshopVariable = "SAGALAB_BOOKSHOP"

// refuseBeside returns an error when a flag is given that has no effect beside the flag name; the others have.
func refuseBeside(c *cobra.Command, name string, others ...string) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Name != name && !slices.Contains(others, f.Name) {
			err = fmt.Errorf("--%s has no effect beside --%s: leave one of them out", f.Name, name)
		}
	})
	return err
}

// serveBookshop serves it until ctx ends.
func serveBookshop(ctx context.Context, log io.Writer, addr string) error {
	url, wait, err := startBookshop(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "Bookshop on %s (Ctrl-C stops it)\n", url)
	wait()
	return nil
}

// startBookshop starts it on an address. It stops when ctx ends, and wait returns then.
func startBookshop(ctx context.Context, addr string) (url string, wait func(), err error) {
	listener, err := net.Listen("tcp", addr)
	if oserr.AddressInUse(err) {
		return "", nil, fmt.Errorf("%s is taken%s: stop it, or choose another address with --addr", addr, portOwner(addr))
	}
	if err != nil {
		return "", nil, fmt.Errorf("listening on %s: %w; give --addr as HOST:PORT, such as 127.0.0.1:8001", addr, err)
	}
	server := &http.Server{Handler: bookshop.New(), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it was closed
	}()
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), func() { <-done; stop() }, nil
}
