package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sagalab/pkg/internal/shop/httpio"
)

// shutdownWait bounds how long Serve waits for requests once its context has ended.
const shutdownWait = 10 * time.Second

// How long clients may take to send a request, from its first byte on. A connection on
// which nothing has come yet stays open for a minute: net/http's client keeps such ones
// when it dials more than it needs, and a short timeout would race with their first
// request.
const (
	headerTimeout  = 4 * time.Second
	requestTimeout = 15 * time.Second // header and body; a fixture has at most 1 MiB
)

// Beyond maxWaiting connections that wait for their first header, the oldest is closed
// unless it is younger than minWait.
const (
	maxWaiting = 4096
	minWait    = 2 * time.Second
)

// Serve answers on ln until ctx ends. Then it accepts no further connection, waits
// for the requests under way, for ten seconds at most, and returns nil. It closes
// ln; the caller closes s.
func Serve(ctx context.Context, ln net.Listener, s *Shop) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		// It covers reading the body, waiting for the purchase and setting a fixture.
		WriteTimeout:   requestTimeout + s.config.Wait + fixtureDrainTimeout,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	waiting := &httpio.WaitingListener{Listener: ln, Unused: time.Minute, Max: maxWaiting, MinWait: minWait}
	go func() { failed <- srv.Serve(waiting) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the service stopped answering on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
	defer cancel()
	if err := srv.Shutdown(bounded); err != nil {
		return errors.Join(fmt.Errorf("some requests were cut off: %w", err), srv.Close())
	}
	return nil
}
