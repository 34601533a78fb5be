package remote

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// open starts a participant until the test ends and returns where it is.
func open(t *testing.T, name, db string) (*Participant, Target) {
	t.Helper()
	p, err := OpenParticipant(t.Context(), ParticipantConfig{Name: name, DB: db, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(p.Handler())
	t.Cleanup(func() {
		srv.Close()
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p, Target{Calls: srv.URL, Reads: srv.URL}
}

// TestStock is all that a stock is asked for.
func TestStock(t *testing.T) {
	_, target := open(t, StockName, filepath.Join(t.TempDir(), "stock.db"))
	s, err := NewStock(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.FixtureID() != "" {
		t.Errorf("a new stock has fixture %q", s.FixtureID())
	}
	if err := s.Reset([]purchase.FixtureProduct{{ProductID: 2, Price: 10, Stock: 5}}); err != nil || s.FixtureID() == "" {
		t.Fatalf("Reset: %v, fixture %q", err, s.FixtureID())
	}
	if ids, err := s.IDs(); err != nil || len(ids) != 1 || !ids[2] {
		t.Errorf("IDs = %v, %v", ids, err)
	}
	reserved, err := s.Reserve(cart, store.Effect{})
	again, errAgain := s.Reserve(cart, store.Effect{})
	if err != nil || errAgain != nil || reserved.Amount != 30 || again != reserved {
		t.Errorf("Reserve = %+v, %v and %+v, %v, want 30 both times", reserved, err, again, errAgain)
	}
	other := cart
	other.OrderID = "order 2"
	if e, err := s.Reserve(other, store.Effect{}); err != nil || e.Refused != purchase.OutOfStock {
		t.Errorf("a second Reserve = %+v, %v, want it refused", e, err)
	}
	if p, found, err := s.Product(2); err != nil || !found || p.Stock != 2 || p.Reserved != 3 {
		t.Errorf("Product = %+v, %v, %v", p, found, err)
	}
	if _, found, err := s.Product(1); err != nil || found {
		t.Errorf("an unknown Product = %v, %v", found, err)
	}
	if e, err := s.Effects([]string{"order 1", "order 2"}); err != nil || len(e) != 1 || e[0].Step != purchase.ReserveStock || e[0].Amount != 30 {
		t.Errorf("Effects = %+v, %v", e, err)
	}
	if _, err := s.Release(cart, reserved); err != nil {
		t.Error(err)
	}
	if e, err := s.Sell(cart, reserved); err != nil || e.Refused != purchase.OutOfStock {
		t.Errorf("Sell after a release = %+v, %v, want it refused", e, err)
	}
}

// TestPayments is all that payments are asked for.
func TestPayments(t *testing.T) {
	_, target := open(t, PaymentsName, filepath.Join(t.TempDir(), "payments.db"))
	p, err := NewPayments(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Reset([]purchase.FixtureUser{{UserID: 1, Balance: 100}}); err != nil {
		t.Fatal(err)
	}
	charged, err := p.Charge(cart, store.Effect{Amount: 60})
	if err != nil || charged.Amount != 60 {
		t.Errorf("Charge = %+v, %v", charged, err)
	}
	other := cart
	other.OrderID = "order 2"
	if e, err := p.Charge(other, store.Effect{Amount: 60}); err != nil || e.Refused != purchase.InsufficientBalance {
		t.Errorf("a second Charge = %+v, %v, want it refused", e, err)
	}
	if _, err := p.Refund(cart, charged); err != nil {
		t.Error(err)
	}
	if u, found, err := p.User(1); err != nil || !found || u.Balance != 100 {
		t.Errorf("User = %+v, %v, %v", u, found, err)
	}
	page, err := p.Ledger(0, 1)
	if err != nil || len(page.Entries) != 1 || page.Next == "" {
		t.Errorf("Ledger = %+v, %v", page, err)
	}
}

// TestCallOfAnotherFixture: a call from before a fixture was set does nothing, also at a participant
// that was started again.
func TestCallOfAnotherFixture(t *testing.T) {
	db := filepath.Join(t.TempDir(), "payments.db")
	first, target := open(t, PaymentsName, db)
	p, err := NewPayments(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	users := []purchase.FixtureUser{{UserID: 1, Balance: 100}}
	if err := p.Reset(users); err != nil {
		t.Fatal(err)
	}
	late, err := NewPayments(t.Context(), target)
	if err != nil || late.FixtureID() != p.FixtureID() {
		t.Fatalf("the fixture is %q, %v, want %q", late.FixtureID(), err, p.FixtureID())
	}
	if err := p.Reset(users); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	first.db, first.lock = nil, nil
	_, target = open(t, PaymentsName, db)
	late.Calls, p.Calls, p.Reads = target.Calls, target.Calls, target.Reads
	if _, err := late.Charge(cart, store.Effect{Amount: 60}); err == nil || !strings.Contains(err.Error(), "410") {
		t.Errorf("a charge of another fixture = %v, want 410", err)
	}
	if u, _, err := p.User(1); err != nil || u.Balance != 100 {
		t.Errorf("User = %+v, %v, want the balance of the fixture", u, err)
	}
	if _, err := p.Charge(cart, store.Effect{Amount: 60}); err != nil {
		t.Error(err)
	}
}

// TestFixtureDuringCalls: a fixture that is set amid calls is as it is set, whatever was called before.
func TestFixtureDuringCalls(t *testing.T) {
	_, target := open(t, PaymentsName, filepath.Join(t.TempDir(), "payments.db"))
	p, err := NewPayments(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	users := []purchase.FixtureUser{{UserID: 1, Balance: 1000}}
	for range 20 {
		if err := p.Reset(users); err != nil {
			t.Fatal(err)
		}
		late, err := NewPayments(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for i := range 4 {
			calls.Go(func() {
				c := cart
				c.OrderID = string(rune('a' + i))
				_, _ = late.Charge(c, store.Effect{Amount: 100}) // it may come too late
			})
		}
		if err := p.Reset(users); err != nil {
			t.Fatal(err)
		}
		calls.Wait()
		if u, _, err := p.User(1); err != nil || u.Balance != 1000 {
			t.Fatalf("User = %+v, %v, want what was set", u, err)
		}
		late.Close()
	}
}

func TestMalformed(t *testing.T) {
	p, _ := open(t, StockName, filepath.Join(t.TempDir(), "stock.db"))
	for _, tt := range []struct {
		call, body string
		status     int
	}{
		{"POST /reserve", "", 400}, {"POST /reserve", "{}", 400}, {"POST /reserve", `{"order_id": 1}`, 400}, {"POST /reserve", `{"order_id": "a"} x`, 400},
		{"PUT /fixture", "{}", 400}, {"POST /effects", "[", 400}, {"GET /products/x", "", 400}, {"GET /products/7", "", 404}, {"POST /charge", "{}", 404},
		{"GET /reserve", "", 405}, {"GET /health", "", 200}, {"POST /effects", "{}", 200},
	} {
		method, path, _ := strings.Cut(tt.call, " ")
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(tt.body)))
		if w.Code != tt.status {
			t.Errorf("%s %q: got %d %s, want %d", tt.call, tt.body, w.Code, w.Body, tt.status)
		}
	}
}

func TestOpenParticipantRefuses(t *testing.T) {
	db := filepath.Join(t.TempDir(), "stock.db")
	open(t, StockName, db)
	for says, c := range map[string]ParticipantConfig{
		"there is no participant \"orders\"": {Name: "orders", DB: filepath.Join(t.TempDir(), "x.db")},
		"is a database of something else":    {Name: PaymentsName, DB: db + "2"},
		"there is no defect \"x\"":           {Name: StockName, DB: db + "3", Defects: []defect.Defect{"x"}},
	} {
		if c.DB == db+"2" {
			stock, err := store.OpenStock(t.Context(), c.DB)
			if err != nil {
				t.Fatal(err)
			}
			if err := stock.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := OpenParticipant(context.Background(), c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("OpenParticipant(%+v) = %v, want %q", c, err, says)
		}
	}
}

// FuzzCall sends bodies to a stock: it answers each, and never with 500.
func FuzzCall(f *testing.F) {
	p, err := OpenParticipant(f.Context(), ParticipantConfig{Name: StockName, DB: filepath.Join(f.TempDir(), "stock.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { p.Close() })
	for _, body := range []string{`{"order_id":"a","product_id":1,"quantity":1,"before":{"at":1}}`, `{"order_id":"a","before":{"at":9223372036854775807}}`, `{"order_id":"\u0000","quantity":-1}`, `[]`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/reserve", strings.NewReader(body)))
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("%q: got %d %s", body, w.Code, w.Body)
		}
	})
}
