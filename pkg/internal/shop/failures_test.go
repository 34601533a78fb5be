package shop

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// eventually waits for something that has to happen, however long it takes: a
// test that hangs is ended by go test.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for !happened() {
		if t.Context().Err() != nil {
			t.Fatalf("%s did not happen", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// terminal reports whether every order has come to its end.
func terminal(a *api) func() bool {
	return func() bool {
		for _, o := range a.orders(1000) {
			if !o.Status.Terminal() {
				return false
			}
		}
		return true
	}
}

// TestInProgress: a participant that does not answer keeps its purchases in
// progress, and admission keeps the others out.
func TestInProgress(t *testing.T) { onBoth(t, testInProgress) }

func testInProgress(t *testing.T, db string) {
	s, base := opened(t, Config{DB: db, MaxInProgress: 2, Wait: 10 * time.Millisecond, Lab: true})
	a := newAPI(t, base)
	release := s.participants.Payments.BlockWrites()
	slow := plain(1, 1, 1, "slow")
	for _, call := range []string{"first", "again"} {
		r := a.buy(slow)
		wants(t, call, r, 409, purchase.InProgress)
		if r.header.Get("Retry-After") == "" {
			t.Errorf("%s: got no Retry-After", call)
		}
	}
	other := slow
	other.Quantity = 2
	wants(t, "another payload under a key in progress", a.buy(other), 422, purchase.KeyReused)
	wants(t, "the second place", a.buy(plain(3, 1, 1, "")), 409, purchase.InProgress)
	full := a.buy(plain(3, 1, 1, "late"))
	wants(t, "no place left", full, 503, purchase.Overloaded)
	if full.header.Get("Retry-After") == "" {
		t.Errorf("no place left: got no Retry-After")
	}
	release()
	eventually(t, "the end of the purchases", terminal(a))
	eventually(t, "a free place", func() bool { return a.buy(slow).status == http.StatusOK })
	if n := len(a.orders(10)); n != 2 {
		t.Errorf("there are %d orders, want 2: nothing may happen for an overloaded answer", n)
	}
	audit(t, a, purchase.Cases(), nil)
}

// TestFixtureWaits: a fixture is not set while a purchase is in progress.
func TestFixtureWaits(t *testing.T) { onBoth(t, testFixtureWaits) }

func testFixtureWaits(t *testing.T, db string) {
	s, base := opened(t, Config{DB: db, Wait: time.Millisecond, Lab: true})
	a := newAPI(t, base)
	release := s.participants.Stock.BlockWrites()
	wants(t, "in progress", a.buy(plain(1, 1, 1, "k")), 409, purchase.InProgress)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.SetFixture(ctx, purchase.Plenty()); err == nil || !strings.Contains(err.Error(), "in progress") {
		t.Errorf("SetFixture with a purchase in progress: got %v, want errBusy", err)
	}
	release()
	eventually(t, "the end of the purchase", terminal(a))
	eventually(t, "the replay", func() bool { return a.buy(plain(1, 1, 1, "k")).status == 200 })
	if err := s.SetFixture(t.Context(), purchase.Plenty()); err != nil {
		t.Errorf("SetFixture: %v", err)
	}
	ids, err := s.sagas.engine.list(10)
	if err != nil || len(ids) != 0 || len(a.orders(10)) != 0 {
		t.Errorf("after a fixture there are sagas %v (%v) and orders %v, want none", ids, err, a.orders(10))
	}
}

// TestRefund takes a charge back: the reservation is gone when the order is to be
// confirmed. Nothing in the service does that, so the test does.
func TestRefund(t *testing.T) { onBoth(t, testRefund) }

func testRefund(t *testing.T, db string) {
	s, base := opened(t, Config{DB: db})
	a := newAPI(t, base)
	f := s.sagas.inflight.add("o", s.catalog.token().Process)
	o, _, err := s.participants.Orders.Create("o", plain(1, 1, 2, "k"), s.catalog.token())
	if err != nil {
		t.Fatal(err)
	}
	c := store.Cart{OrderID: "o", UserID: 1, ProductID: 1, Quantity: 2}
	reserved, err := s.participants.Stock.Reserve(c, store.Effect{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.participants.Payments.Charge(c, reserved); err != nil {
		t.Fatal(err)
	}
	if _, err := s.participants.Stock.Release(c, store.Effect{}); err != nil {
		t.Fatal(err)
	}
	s.admission.reenter()
	s.sagas.start(f, o)
	<-f.completed
	wants(t, "the key", a.buy(plain(1, 1, 2, "k")), 409, purchase.OutOfStock)
	got := get[purchase.Order](a, "/orders/o")
	if got.Status != purchase.Cancelled || path(got) != "reserve_stock+ charge_payment+ reserve_stock- charge_payment-" {
		t.Errorf("order is %s, went %q, want it cancelled and everything taken back", got.Status, path(got))
	}
	l := a.ledger(10)
	if len(l) != 2 || l[0].Kind != purchase.Charge || l[1].Kind != purchase.Refund || l[0].Amount != 2000 || l[1].Amount != 2000 {
		t.Errorf("ledger is %+v, want a charge and a refund of 2000", l)
	}
	if u := get[purchase.User](a, "/users/1"); u.Balance != 1_000_000 {
		t.Errorf("balance is %d, want 1000000", u.Balance)
	}
}

// TestStranded finds orders without a saga and continues them, once.
func TestStranded(t *testing.T) { onBoth(t, testStranded) }

func testStranded(t *testing.T, db string) {
	s, err := Open(t.Context(), Config{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	// As after a kill between storing an order and starting its saga.
	if _, _, err := s.participants.Orders.Create("before", plain(1, 1, 1, "before"), s.catalog.token()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, base := opened(t, Config{DB: db})
	a := newAPI(t, base)
	wants(t, "the key from before", a.buy(plain(1, 1, 1, "before")), 200, "")
	// As after a saga that gave up, or a power cut that took an order's end only.
	f := s.sagas.inflight.get("before")
	eventually(t, "the end of the saga", func() bool { f = s.sagas.inflight.get("before"); return f == nil })
	err = s.participants.Orders.Atomically(func(t store.Tx) error {
		return t.ExecScript(`UPDATE orders SET status = 'PENDING'; DELETE FROM effects;`)
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the stranded order", terminal(a))
	audit(t, a, purchase.Cases(), nil)
	if l := a.ledger(10); len(l) != 1 {
		t.Errorf("ledger is %+v, want one charge", l)
	}
}

// TestParticipantDown: a participant that fails again and again makes its sagas
// give up, and they go on by themselves when it is back.
func TestParticipantDown(t *testing.T) { onBoth(t, testParticipantDown) }

func testParticipantDown(t *testing.T, db string) {
	s, base := opened(t, Config{DB: db, Wait: time.Millisecond})
	a := newAPI(t, base)
	rename := func(from, to string) {
		err := s.participants.Payments.Atomically(func(t store.Tx) error { return t.ExecScript(`ALTER TABLE ` + from + ` RENAME TO ` + to) })
		if err != nil {
			t.Fatal(err)
		}
	}
	rename("users", "hidden")
	wants(t, "while it is down", a.buy(plain(1, 1, 1, "k")), 409, purchase.InProgress)
	f := s.sagas.inflight.get(a.orders(1)[0].OrderID)
	if f == nil {
		t.Fatal("the saga is not under way")
	}
	<-f.completed
	if f.err == nil {
		t.Error("the saga ended without an error")
	}
	rename("hidden", "users")
	eventually(t, "the end of the purchase", func() bool { return a.buy(plain(1, 1, 1, "k")).status == 200 })
	audit(t, a, purchase.Cases(), nil)
}

// TestFixtureSurvivesCrash: a fixture that was begun is ended by the next Open, and no
// saga of the orders before it is continued.
func TestFixtureSurvivesCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	s, err := Open(t.Context(), Config{DB: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	release := s.participants.Stock.BlockWrites()
	f := s.sagas.inflight.add("o", s.catalog.token().Process)
	o, _, err := s.participants.Orders.Create("o", plain(1, 1, 1, ""), s.catalog.token())
	if err != nil {
		t.Fatal(err)
	}
	s.admission.reenter()
	s.sagas.start(f, o)
	eventually(t, "the start of the saga", func() bool {
		ids, err := s.sagas.engine.list(10)
		return err == nil && len(ids) == 1
	})
	plenty := purchase.Plenty()
	if err := s.participants.Orders.PlanFixture(plenty); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // do not wait for the saga, which cannot end
	closed := make(chan error)
	go func() { closed <- s.Close(ctx) }()
	<-s.sagas.engine.ctx.Done()
	release()
	<-closed // it may complain about the saga that it cut off
	s, base := opened(t, Config{DB: path})
	a := newAPI(t, base)
	if ids, err := s.sagas.engine.list(10); err != nil || len(ids) != 0 || len(a.orders(10)) != 0 {
		t.Errorf("there are sagas %v (%v) and orders %v, want none", ids, err, a.orders(10))
	}
	audit(t, a, plenty, nil)
}

// TestOpenRefuses says what is wrong with a database before touching it.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(in(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return in(name)
	}
	foreign := in("foreign.db")
	db, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE letters (text)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	used, err := Open(t.Context(), Config{DB: in("used.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close(context.Background())
	old, err := Open(t.Context(), Config{DB: in("old.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.participants.Orders.Atomically(func(t store.Tx) error { return t.ExecScript(`PRAGMA user_version = 7`) }); err != nil {
		t.Fatal(err)
	}
	old.Close(context.Background())
	lost, err := Open(t.Context(), Config{DB: in("lost.db")})
	if err != nil {
		t.Fatal(err)
	}
	lost.Close(context.Background())
	if err := os.Remove(in("lost-stock.db")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		config Config
		want   string
	}{
		{"no database", Config{DB: write("text.db", strings.Repeat("not a database ", 100))}, "not a database"},
		{"another program's", Config{DB: foreign}, "something else"},
		{"a directory", Config{DB: dir}, "cannot use"},
		{"below a file", Config{DB: filepath.Join(write("file", "x"), "shop.db")}, "cannot lock"},
		{"no such directory", Config{DB: filepath.Join(dir, "none", "shop.db")}, "cannot lock"},
		{"in use", Config{DB: in("used.db")}, fmt.Sprintf("in use by process %d", os.Getpid())},
		{"another schema", Config{DB: in("old.db")}, "another version"},
		{"another participant's", Config{DB: in("used-stock.db")}, "something else"},
		{"a participant lost", Config{DB: in("lost.db")}, "missing"},
		{"still lost", Config{DB: in("lost.db")}, "missing"},
		{"negative", Config{MaxInProgress: -1, Wait: -1}, "below 0"},
		{"bad fixture", Config{Fixture: &purchase.Fixture{Users: []purchase.FixtureUser{{}}}}, "user_id"},
	} {
		s, err := Open(t.Context(), c.config)
		if err == nil {
			s.Close(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Open(%+v): got error %v, want one with %q", c.name, c.config, err, c.want)
		}
	}
	db, err = sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables int
	if err := db.QueryRow(`SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil || tables != 1 {
		t.Errorf("the other program's database has %d tables, %v, want its own 1", tables, err)
	}
}

// TestReopen keeps everything, and a temporary shop leaves nothing.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space & ? % #.db")
	for i := range int64(3) {
		s, err := Open(t.Context(), Config{DB: path})
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(s.Handler())
		a := newAPI(t, srv.URL)
		wants(t, "a new key", a.buy(plain(1, 1, 1, fmt.Sprint(i))), 201, "")
		wants(t, "the first key", a.buy(plain(1, 1, 1, "0")), map[bool]int{true: 200, false: 200}[i == 0], "")
		audit(t, a, purchase.Cases(), nil)
		srv.Close()
		for range 2 {
			if err := s.Close(t.Context()); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	}
	s, err := Open(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := os.Stat(s.temporary); !os.IsNotExist(err) {
		t.Errorf("after Close the temporary directory %s is there: %v", s.temporary, err)
	}
}

// TestPanicIsAnswered once, and breaks the connection when an answer has begun.
func TestPanicIsAnswered(t *testing.T) {
	s, _ := opened(t, Config{})
	for path, fault := range map[string]http.HandlerFunc{
		"before": func(http.ResponseWriter, *http.Request) { panic("fault") },
		"after":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); panic("fault") },
		"abort":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		srv := httptest.NewServer(httpio.RecoverPanics(s.logger, fault))
		a := newAPI(t, srv.URL)
		r, err := a.try("GET", "/nothing", "")
		if path == "before" {
			wants(t, path, r, 500, purchase.Internal)
		} else if err == nil {
			t.Errorf("%s: got %d %q, want a broken connection", path, r.status, r.body)
		}
		srv.Close()
	}
}

// TestHistoryIsPruned keeps the latest and takes the oldest first.
func TestHistoryIsPruned(t *testing.T) {
	h := history{excess: make(chan struct{}, 1)}
	for i := range keptHistory + pruneBatch + 1 {
		h.add(fmt.Sprint(i))
	}
	select {
	case <-h.excess:
	default:
		t.Error("excess is not signalled")
	}
	if ids := h.take(keptHistory, pruneBatch); len(ids) != pruneBatch || ids[0] != "0" {
		t.Errorf("take: got %d ids from %v, want the %d oldest", len(ids), ids, pruneBatch)
	}
	if ids := h.take(keptHistory, pruneBatch); len(ids) != 1 || ids[0] != fmt.Sprint(pruneBatch) {
		t.Errorf("take: got %v, want the one above %d", ids, keptHistory)
	}
	if ids := h.take(keptHistory, pruneBatch); ids != nil {
		t.Errorf("take: got %v, want nothing", ids)
	}
	if ids := h.take(0, 0); len(ids) != keptHistory {
		t.Errorf("take: got %d ids, want all %d", len(ids), keptHistory)
	}
}
