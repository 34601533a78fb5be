package shop

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"sagalab/pkg/internal/testing/postgres"
)

// serving opens a shop on a real socket until the test ends and returns its URL.
func serving(tb testing.TB, c Config) string {
	tb.Helper()
	_, base := opened(tb, c)
	return base
}

// backends are the databases that the service runs on: each gives a new, empty one.
var backends = []struct {
	name string
	db   func(testing.TB) string
}{
	{"sqlite", func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "shop.db") }},
	{"postgres", func(tb testing.TB) string { return postgres.Shared(tb).Database(tb) }},
}

// onBoth runs a test on a new database of each kind.
func onBoth(t *testing.T, test func(t *testing.T, db string)) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) { test(t, b.db(t)) })
	}
}

// opened is serving with the shop itself.
func opened(tb testing.TB, c Config) (*Shop, string) {
	tb.Helper()
	c.Logger = slog.New(slog.DiscardHandler) // tests make trouble on purpose
	s, err := Open(tb.Context(), c)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, s) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("Serve: %v", err)
		}
		if err := s.Close(context.Background()); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s, "http://" + ln.Addr().String()
}
