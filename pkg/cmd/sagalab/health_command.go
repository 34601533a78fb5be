package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// servedAt is the address of serve without --addr.
const servedAt = "http://127.0.0.1:8000"

// healthWait bounds the one request of health.
const healthWait = 3 * time.Second

func healthCommand(out io.Writer) *cobra.Command {
	var s serviceFlags
	c := &cobra.Command{
		Use:   "health",
		Short: "Ask a service once whether it is healthy",
		Long: "Ask GET /health once. The exit code is 0 when the service is healthy, and 1 otherwise, also when a flag is wrong: for the\n" +
			"check of a container that has no other program in it.",
		Args: func(c *cobra.Command, args []string) error { return withExitCode(exitBad, atMost(0)(c, args)) },
		RunE: func(c *cobra.Command, _ []string) error {
			if s.api == "" {
				s.api = servedAt
			}
			return withExitCode(exitBad, health(c.Context(), out, s))
		},
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return withExitCode(exitBad, refuseFlag(c, err)) })
	c.Flags().StringVar(&s.api, "api", os.Getenv("SAGALAB_API"), "address of the service (default: SAGALAB_API, else "+servedAt+")")
	c.Flags().StringSliceVar(&s.allowHosts, "allow-host", splitHosts(os.Getenv("SAGALAB_ALLOW_HOST")), "a host other than this machine that may be asked, by name")
	tlsFlags(c, &s.tls)
	return c
}

func health(ctx context.Context, out io.Writer, s serviceFlags) error {
	e, _, err := s.endpoint()
	if err != nil {
		return err
	}
	connection, err := s.connection()
	if err != nil {
		return err
	}
	reader, release, err := observe.NewClient(e, nil, connection)
	if err != nil {
		return err
	}
	defer release()
	if err := reader.Reachable(ctx, purchase.Connectivity{Attempts: 1, Timeout: healthWait}, nil); err != nil {
		path := wrongPath(err)
		if down := new(purchase.UnreachableError); errors.As(err, &down) {
			err = down.Cause
		}
		if path != "" {
			return fmt.Errorf("%s is not healthy: %w; the path %s of the address may be wrong", e, err, path)
		}
		return fmt.Errorf("%s is not healthy: %w", e, err)
	}
	fmt.Fprintf(out, "%s is healthy\n", e)
	return nil
}

// wrongPath returns the path of the service's address when it may be why the service is unreachable, else "".
func wrongPath(err error) string {
	if down := new(purchase.UnreachableError); errors.As(err, &down) {
		return down.WrongPath()
	}
	return ""
}
