package shop

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// TestGivingUp: a purchase whose charge fails is cancelled for failed_dependency, in the words of
// the contract, its reservation is released, and its key answers the same again.
func TestGivingUp(t *testing.T) {
	db := filepath.Join(t.TempDir(), "shop.db")
	var charges, refunds atomic.Int64
	r := participants(t, db, nil, func(_ string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/charge":
				charges.Add(1)
				w.WriteHeader(http.StatusBadGateway)
				return
			case "/refund":
				refunds.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	cases := purchase.Cases()
	a := newAPI(t, serving(t, Config{DB: db, Fixture: &cases, Remote: r, Retry: time.Millisecond, GiveUpAfter: 3}))
	first := a.buy(plain(1, 1, 1, "k"))
	wants(t, "a purchase that is given up", first, 424, purchase.FailedDependency)
	again := a.buy(plain(1, 1, 1, "k"))
	if string(again.body) != string(first.body) || charges.Load() != 3 || refunds.Load() != 1 {
		t.Errorf("asked again: %s, want %s; %d charges and %d refunds, want 3 and 1", again.body, first.body, charges.Load(), refunds.Load())
	}
	o := get[purchase.Order](a, "/orders/"+first.problem(t).OrderID)
	if o.Status != purchase.Cancelled || o.Reason != purchase.FailedDependency || path(o) != "reserve_stock+ reserve_stock-" {
		t.Errorf("the order is %s for %q with %q", o.Status, o.Reason, path(o))
	}
	if p := get[purchase.Product](a, "/products/1"); p.Stock != 12 || p.Reserved != 0 {
		t.Errorf("the product is %+v, want 12 in stock", p)
	}
}

// TestParticipantsOfOneProcess: files of one process are those of three, and the other way round.
func TestParticipantsOfOneProcess(t *testing.T) {
	db := filepath.Join(t.TempDir(), "shop.db")
	cases := purchase.Cases()
	for i, over := range []bool{false, true, false, true} {
		t.Run(fmt.Sprint("start ", i), func(t *testing.T) {
			c := Config{DB: db, Fixture: &cases}
			if over {
				c.Remote = participants(t, db, nil, nil)
			}
			a := newAPI(t, serving(t, c))
			wants(t, "a purchase", a.buy(plain(1, 1, 1, fmt.Sprint(i))), 201, "")
			if p := get[purchase.Product](a, "/products/1"); p.Stock != 11-int64(i) {
				t.Errorf("the product is %+v, want %d in stock", p, 11-i)
			}
			if o := a.orders(10); len(o) != i+1 || path(o[0]) != "reserve_stock+ charge_payment+ confirm_order+" {
				t.Errorf("the orders are %+v", o)
			}
		})
	}
	t.Run("stock missing", func(t *testing.T) {
		if err := os.Remove(store.BesidePath(db, "stock")); err != nil {
			t.Fatal(err)
		}
		c := Config{DB: db, Fixture: &cases, Remote: participants(t, db, nil, nil)}
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "the stock is empty beside") {
			t.Errorf("Open = %v, want it to miss the stock", err)
		}
	})
}

func TestRemoteIsRefused(t *testing.T) {
	for says, c := range map[string]Config{
		"cannot be a PostgreSQL database":   {DB: "postgres://127.0.0.1:1/x", Remote: &Remote{}},
		"needs --participants http":         {Lab: true, Defects: []defect.Defect{defect.LateCharge}},
		"GiveUpAfter -1":                    {GiveUpAfter: -1},
		"the stock cannot be reached at ht": {Remote: &Remote{Stock: remote.Target{Reads: "http://127.0.0.1:1"}}},
	} {
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Open(%+v) = %v, want %q", c, err, says)
		}
	}
}
