package shop

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/remote"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// StartParticipants is participants for the tests outside of the package.
var StartParticipants = participants

// participants starts a stock and payments on real sockets until the test ends, with files beside
// db. before, unless it is nil, stands before their calls.
func participants(tb testing.TB, db string, defects []defect.Defect, before func(name string, next http.Handler) http.Handler) *Remote {
	tb.Helper()
	var r Remote
	for name, target := range map[string]*remote.Target{remote.StockName: &r.Stock, remote.PaymentsName: &r.Payments} {
		p, err := remote.OpenParticipant(tb.Context(), remote.ParticipantConfig{
			Name: name, DB: store.BesidePath(db, name), Defects: defects, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			tb.Fatal(err)
		}
		target.Reads = listening(tb, p.Serve)
		target.Calls = target.Reads
		if before != nil {
			srv := &http.Server{Handler: before(name, p.Handler())}
			target.Calls = listening(tb, func(_ context.Context, ln net.Listener) error {
				srv.Serve(ln)
				return nil
			})
			tb.Cleanup(func() { srv.Close() })
		}
		tb.Cleanup(func() {
			if err := p.Close(); err != nil {
				tb.Errorf("Close of the %s: %v", name, err)
			}
		})
	}
	return &r
}

// listening serves on a free port until the test ends and returns its URL.
func listening(tb testing.TB, serve func(context.Context, net.Listener) error) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, ln) }()
	tb.Cleanup(func() {
		cancel()
		ln.Close()
		if err := <-done; err != nil {
			tb.Errorf("Serve: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

func TestContractOverHTTP(t *testing.T) {
	contract(t, func(t *testing.T, lab bool, sc purchase.Fixture) string {
		db := filepath.Join(t.TempDir(), "shop.db")
		return serving(t, Config{DB: db, Lab: lab, Fixture: &sc, Remote: participants(t, db, nil, nil)})
	})
}

func BenchmarkPurchaseOverHTTP(b *testing.B) {
	db := filepath.Join(b.TempDir(), "shop.db")
	plenty := purchase.Plenty()
	a := newAPI(b, serving(b, Config{DB: db, Lab: true, Fixture: &plenty, Remote: participants(b, db, nil, nil)}))
	for b.Loop() {
		if r := a.buy(plain(1, 1, 1, "")); r.status != 201 {
			b.Fatalf("got %d %s", r.status, r.body)
		}
	}
}

func BenchmarkFixtureOverHTTP(b *testing.B) {
	db := filepath.Join(b.TempDir(), "shop.db")
	cases := purchase.Cases()
	s, base := opened(b, Config{DB: db, Lab: true, Fixture: &cases, Remote: participants(b, db, nil, nil)})
	a := newAPI(b, base)
	for b.Loop() {
		b.StopTimer()
		for range 2 {
			a.buy(plain(1, 1, 1, ""))
		}
		b.StartTimer()
		if err := s.SetFixture(b.Context(), cases); err != nil {
			b.Fatal(err)
		}
	}
}
