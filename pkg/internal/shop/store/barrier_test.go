package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
)

// openParticipants opens stock and payments on the fixture cases, without a saga.
func openParticipants(t *testing.T, db string) (*Stock, *Payments) {
	t.Helper()
	f := purchase.Cases()
	g := openGroup(t, db, f)
	if err := errors.Join(g.Stock.Reset(f.Products), g.Payments.Reset(f.Users)); err != nil {
		t.Fatal(err)
	}
	return g.Stock, g.Payments
}

func openGroup(t *testing.T, db string, f purchase.Fixture) *Store {
	t.Helper()
	var g *Store
	var err error
	if IsPostgres(db) {
		var sv *Server
		if sv, err = ParseServer(db); err == nil {
			g, _, err = OpenPostgres(t.Context(), sv, 0)
		}
	} else {
		g, err = OpenSQLite(t.Context(), filepath.Join(filepath.Dir(db), "shop.db"), f)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// TestBarrier sends actions in every order that trouble can bring about. Letters:
// r reserve, R release, s sell; c charge, C refund.
func TestBarrier(t *testing.T) { onBoth(t, testBarrier) }

func testBarrier(t *testing.T, db string) {
	for _, c := range []struct {
		actions         string
		quantity        int64
		answers         string // of each action: "ok", "void" or a refusal's code
		stock, reserved int64
		balance         int64 // of user 1
		entries         int
	}{
		{"r", 2, "ok", 10, 2, 1_000_000, 0},
		{"rr", 2, "ok ok", 10, 2, 1_000_000, 0},                                              // T4
		{"rR", 2, "ok ok", 12, 0, 1_000_000, 0},                                              //
		{"rRR", 2, "ok ok ok", 12, 0, 1_000_000, 0},                                          // T4
		{"R", 2, "void", 12, 0, 1_000_000, 0},                                                // T2
		{"Rr", 2, "void out_of_stock", 12, 0, 1_000_000, 0},                                  // T3
		{"RRr", 2, "void void out_of_stock", 12, 0, 1_000_000, 0},                            // T2, T3
		{"RrR", 2, "void out_of_stock void", 12, 0, 1_000_000, 0},                            //
		{"rRr", 2, "ok ok ok", 12, 0, 1_000_000, 0},                                          // a late copy of a step that was taken back
		{"r", 13, "out_of_stock", 12, 0, 1_000_000, 0},                                       //
		{"rrR", 13, "out_of_stock out_of_stock void", 12, 0, 1_000_000, 0},                   // nothing to take back
		{"rs", 2, "ok ok", 10, 0, 1_000_000, 0},                                              //
		{"rss", 2, "ok ok ok", 10, 0, 1_000_000, 0},                                          // T4
		{"s", 2, "out_of_stock", 12, 0, 1_000_000, 0},                                        // never reserved
		{"rRs", 2, "ok ok out_of_stock", 12, 0, 1_000_000, 0},                                // no longer reserved
		{"c", 2, "ok", 12, 0, 998_000, 1},                                                    //
		{"cc", 2, "ok ok", 12, 0, 998_000, 1},                                                // T4
		{"cC", 2, "ok ok", 12, 0, 1_000_000, 2},                                              //
		{"cCCcC", 2, "ok ok ok ok ok", 12, 0, 1_000_000, 2},                                  // T4
		{"C", 2, "void", 12, 0, 1_000_000, 0},                                                // T2
		{"CCc", 2, "void void insufficient_balance", 12, 0, 1_000_000, 0},                    // T2, T3
		{"ccC", 1001, "insufficient_balance insufficient_balance void", 12, 0, 1_000_000, 0}, //
		{"rcCR", 3, "ok ok ok ok", 12, 0, 1_000_000, 2},                                      //
		{"rcsrcs", 3, "ok ok ok ok ok ok", 9, 0, 997_000, 1},                                 // a saga that runs again
		{"RCrc", 3, "void void out_of_stock insufficient_balance", 12, 0, 1_000_000, 0},      //
		{"rRrcC", 12, "ok ok ok ok ok", 12, 0, 1_000_000, 2},                                 //
	} {
		t.Run(fmt.Sprintf("%s×%d", c.actions, c.quantity), func(t *testing.T) {
			st, pay := openParticipants(t, db)
			order := Cart{OrderID: "o", UserID: 1, ProductID: 1, Quantity: c.quantity}
			actions := map[rune]func(Cart, Effect) (Effect, error){
				'r': st.Reserve, 'R': st.Release, 's': st.Sell, 'c': pay.Charge, 'C': pay.Refund,
			}
			last := Effect{Amount: 1000 * c.quantity}
			var answers []string
			for _, a := range c.actions {
				e, err := actions[a](order, Effect{Amount: 1000 * c.quantity, At: last.At})
				if err != nil {
					t.Fatalf("%c: %v", a, err)
				}
				answer := string(e.Refused)
				if answer == "" {
					answer = "ok"
				}
				answers = append(answers, answer)
				last = e
			}
			if got := strings.Join(answers, " "); got != c.answers {
				t.Errorf("answers: got %q, want %q", got, c.answers)
			}
			p, _, err := st.Product(1)
			if err != nil || p.Stock != c.stock || p.Reserved != c.reserved {
				t.Errorf("product: got %+v, %v, want stock %d and %d reserved", p, err, c.stock, c.reserved)
			}
			u, _, err := pay.User(1)
			if err != nil || u.Balance != c.balance {
				t.Errorf("user: got %+v, %v, want balance %d", u, err, c.balance)
			}
			l, err := pay.Ledger(0, 10)
			if err != nil || len(l.Entries) != c.entries {
				t.Errorf("ledger: got %+v, %v, want %d entries", l.Entries, err, c.entries)
			}
		})
	}
}

// TestBarrierForgetsFailure: an action that fails leaves nothing, and can be
// repeated.
func TestBarrierForgetsFailure(t *testing.T) { onBoth(t, testBarrierForgetsFailure) }

func testBarrierForgetsFailure(t *testing.T, db string) {
	st, _ := openParticipants(t, db)
	failed := fmt.Errorf("no")
	c := Cart{OrderID: "o", ProductID: 1, Quantity: 1}
	for name, fn := range map[string]func(*Barrier) (Effect, error){
		"do": func(b *Barrier) (Effect, error) {
			return b.do(0, func() (int64, purchase.Code, error) {
				if _, err := b.Exec(`UPDATE products SET stock = 0`); err != nil {
					t.Error(err)
				}
				return 0, "", failed
			})
		},
		"statement": func(b *Barrier) (Effect, error) {
			return b.do(0, func() (int64, purchase.Code, error) {
				_, err := b.Exec(`UPDATE products SET stock = -1`)
				return 0, "", err
			})
		},
	} {
		if _, err := st.WithBarrier("x", c, Effect{}, fn); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if p, _, err := st.Product(1); err != nil || p.Stock != 12 {
			t.Errorf("%s: got product %+v, %v, want it untouched", name, p, err)
		}
	}
	func() {
		defer func() { recover() }()
		st.WithBarrier("x", c, Effect{}, func(*Barrier) (Effect, error) { panic("fault") })
	}()
	if e, err := st.Reserve(c, Effect{}); err != nil || e.Refused != "" {
		t.Errorf("reserve after a panic in a transaction: got %+v, %v, want it to take effect", e, err)
	}
}

// TestTimesOfAnOrderRise even when the wall clock does not.
func TestTimesOfAnOrderRise(t *testing.T) { onBoth(t, testTimesOfAnOrderRise) }

func testTimesOfAnOrderRise(t *testing.T, db string) {
	st, _ := openParticipants(t, db)
	const future = 1 << 62
	e, err := st.Reserve(Cart{OrderID: "o", ProductID: 1, Quantity: 1}, Effect{At: future})
	if err != nil || e.At <= future {
		t.Errorf("an effect after one at %d is at %d, %v, want it later", int64(future), e.At, err)
	}
}

// TestBarrierAmongProcesses sends every action several times, from two processes at
// once: whatever came first, what is reserved and charged is what took effect and
// was not taken back.
func TestBarrierAmongProcesses(t *testing.T) {
	db := postgres.Shared(t).Database(t)
	st, pay := openParticipants(t, db)
	plenty := purchase.Fixture{Users: []purchase.FixtureUser{{UserID: 1, Balance: 1_000_000}}, Products: []purchase.FixtureProduct{{ProductID: 1, Price: 1000, Stock: 300}}}
	if err := errors.Join(st.Reset(plenty.Products), pay.Reset(plenty.Users)); err != nil {
		t.Fatal(err)
	}
	other := openGroup(t, db, plenty)
	stocks, payments := []*Stock{st, other.Stock}, []*Payments{pay, other.Payments}
	const orders, quantity, most = 120, 3, int64(1000)
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]map[Effect]bool{}
	for i := range orders {
		c := Cart{OrderID: fmt.Sprint("order ", i), UserID: 1, ProductID: 1, Quantity: quantity}
		for process := range 2 {
			for name, do := range map[string]Call{
				"reserve": stocks[process].Reserve, "release": stocks[process].Release,
				"charge": payments[process].Charge, "refund": payments[process].Refund,
			} {
				for range 1 + i%2 {
					wg.Go(func() {
						e, err := do(c, Effect{Amount: most})
						if err != nil {
							t.Errorf("%s: %v", name, err)
						}
						mu.Lock()
						defer mu.Unlock()
						if answers[name+c.OrderID] == nil {
							answers[name+c.OrderID] = map[Effect]bool{}
						}
						answers[name+c.OrderID][e] = true
					})
				}
			}
		}
	}
	wg.Wait()
	for what, said := range answers {
		if len(said) != 1 {
			t.Errorf("%s was answered %v, want one answer", what, said)
		}
	}
	net := func(s *Database, step string) (n int64) {
		err := s.Read(func(t Tx) error {
			_, err := t.QueryFirst(`SELECT count(*) FILTER (WHERE action = 'do') - count(*) FILTER (WHERE action = 'compensate')
				FROM effects WHERE step = ?1 AND outcome = ''`, []any{step}, &n)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	p, _, err := st.Product(1)
	if n := net(st.Database, purchase.ReserveStock); err != nil || n != 0 || p.Reserved != 0 || p.Stock != 300 {
		t.Errorf("product is %+v, %v, and %d reservations are left, want none", p, err, n)
	}
	u, _, err := pay.User(1)
	if n := net(pay.Database, purchase.ChargePayment); err != nil || n != 0 || u.Balance != 1_000_000 {
		t.Errorf("user is %+v, %v, and %d charges are left, want none", u, err, n)
	}
}
