package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// shutdownWait bounds how long Serve waits for requests once its context has ended.
const shutdownWait = 10 * time.Second

// Serve answers on ln until ctx ends. Then it accepts no further connection, waits
// for the requests under way, for ten seconds at most, and returns nil. It closes
// ln; the caller closes s.
func Serve(ctx context.Context, ln net.Listener, s *Shop) error {
	srv := &http.Server{
		Handler: s.Handler(),
		// It also ends connections that were opened and not used yet, which net/http's
		// client keeps when it dials more than it needs. A short timeout would race with
		// their first request.
		ReadHeaderTimeout: time.Minute,
		ReadTimeout:       time.Minute,
		// It covers reading, waiting for the purchase and setting a fixture.
		WriteTimeout:   time.Minute + s.config.Wait + fixtureDrainTimeout,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
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
