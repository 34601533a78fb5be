package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sagalab/pkg/purchase"
)

// Store holds the three participants of a service, each with a database of its own.
type Store struct {
	Orders *Orders
	// Stock and Payments are their databases in this process, nil when they are in other
	// processes (OpenRemote).
	Stock    *Stock
	Payments *Payments
	// stock and payments are asked for everything, wherever they are.
	stock    StockParticipant
	payments PaymentsParticipant
	// ordersSchema is the orders' database on PostgreSQL, nil on SQLite.
	ordersSchema *postgresSchema
}

// BesidePath names the file of one role beside the main one: shop.db,
// shop-stock.db.
func BesidePath(path, role string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + role + ext
}

// OpenSQLite opens the participants' database files, the orders' at path, or
// creates them. New ones are empty: f is planned, see Orders.PlannedFixture.
func OpenSQLite(ctx context.Context, path string, f purchase.Fixture) (s *Store, err error) {
	s = &Store{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	planned, err := s.openOrders(ctx, path, f)
	if err != nil {
		return s, err
	}
	empty := func(Tx) error { // the planned fixture fills it
		if !planned {
			return fmt.Errorf("it is missing or empty beside %s, whose orders refer to it: restore it, or remove all of them", path)
		}
		return nil
	}
	db, err := openSQLiteDatabase(ctx, BesidePath(path, "stock"), stockRole, stockSchema, empty)
	if err != nil {
		return s, err
	}
	s.Stock = &Stock{db}
	if db, err = openSQLiteDatabase(ctx, BesidePath(path, "payments"), paymentsRole, paymentsSchema, empty); err != nil {
		return s, err
	}
	s.Payments = &Payments{db}
	s.stock, s.payments = s.Stock, s.Payments
	return s, nil
}

// openOrders opens the orders' database file, or creates it with the fixture f planned. It
// reports whether a fixture is planned.
func (s *Store) openOrders(ctx context.Context, path string, f purchase.Fixture) (planned bool, err error) {
	db, err := openSQLiteDatabase(ctx, path, ordersRole, ordersSchema, func(t Tx) error { return planFixture(t, f) })
	if err != nil {
		return false, err
	}
	s.Orders = &Orders{db}
	_, planned, err = s.Orders.PlannedFixture()
	return planned, err
}

// OpenPostgres opens the participants' schemas on a server, or creates them.
// leaseDuration is that of this process's lease, 0 for the default; no lease is
// taken yet.
func OpenPostgres(ctx context.Context, sv *Server, leaseDuration time.Duration) (s *Store, leases *Leases, err error) {
	s = &Store{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if s.ordersSchema, err = openPostgresSchema(ctx, sv, ordersSchemaName, ordersTables); err != nil {
		return s, nil, err
	}
	s.Orders = &Orders{&Database{s.ordersSchema}}
	stock, err := openPostgresSchema(ctx, sv, stockSchemaName, stockTables)
	if err != nil {
		return s, nil, err
	}
	s.Stock = &Stock{&Database{stock}}
	payments, err := openPostgresSchema(ctx, sv, paymentsSchemaName, paymentsTables)
	if err != nil {
		return s, nil, err
	}
	s.Payments = &Payments{&Database{payments}}
	s.stock, s.payments = s.Stock, s.Payments
	return s, newLeases(s.ordersSchema, leaseDuration), nil
}

// MigrateAlone runs fn, which migrates the engine's schema, while no other process
// migrates. PostgreSQL only.
func (s *Store) MigrateAlone(ctx context.Context, fn func() error) error {
	return migrateAlone(ctx, s.ordersSchema.pool, fn)
}

// Close closes the databases that are open.
func (s *Store) Close() error {
	var errs []error
	if s.Payments != nil {
		errs = append(errs, s.Payments.close())
	}
	if s.Stock != nil {
		errs = append(errs, s.Stock.close())
	}
	if s.Orders != nil {
		errs = append(errs, s.Orders.close())
	}
	return errors.Join(errs...)
}

// Calls returns the calls that a saga makes.
func (s *Store) Calls() Calls {
	return Calls{
		Reserve: s.stock.Reserve, Release: s.stock.Release, Sell: s.stock.Sell,
		Charge: s.payments.Charge, Refund: s.payments.Refund,
		BeginCompensation: s.Orders.BeginCompensation, Confirm: s.Orders.Confirm, Cancel: s.Orders.Cancel,
	}
}

// Order reads one order with its steps and its amount. Its status is read first, so
// that the steps are never behind it.
func (s *Store) Order(id string) (purchase.Order, bool, error) {
	o, effects, found, err := s.Orders.Find(id)
	if err != nil || !found {
		return o, found, err
	}
	o, err = s.AddEffects(o, effects)
	return o, true, err
}

// AddEffects adds to an order the effects that the stock and the payments know of,
// beside those of the orders in effects.
func (s *Store) AddEffects(o purchase.Order, effects Trace) (purchase.Order, error) {
	if err := s.readEffects(effects, o); err != nil {
		return o, err
	}
	effects.complete(&o)
	return o, nil
}

// OrdersPage reads at most limit orders after a cursor, with steps and amounts.
func (s *Store) OrdersPage(after int64, limit int) (purchase.Orders, error) {
	page, effects, err := s.Orders.Page(after, limit)
	if err != nil {
		return page, err
	}
	if err := s.readEffects(effects, page.Orders...); err != nil {
		return page, err
	}
	for i := range page.Orders {
		effects.complete(&page.Orders[i])
	}
	return page, nil
}

// readEffects adds the effects of some orders in the stock and the payments.
func (s *Store) readEffects(effects Trace, orders ...purchase.Order) error {
	if len(orders) == 0 {
		return nil
	}
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = o.OrderID
	}
	for _, read := range []func([]string) ([]RecordedEffect, error){s.stock.Effects, s.payments.Effects} {
		list, err := read(ids)
		if err != nil {
			return err
		}
		for _, e := range list {
			effects.put(e.OrderID, tracedEffect{e.Step, e.Action, e.Amount, e.At})
		}
	}
	return nil
}

// Product reads one product.
func (s *Store) Product(id int64) (purchase.Product, bool, error) { return s.stock.Product(id) }

// User reads one user.
func (s *Store) User(id int64) (purchase.User, bool, error) { return s.payments.User(id) }

// Ledger reads a page of at most limit entries after a cursor.
func (s *Store) Ledger(after int64, limit int) (purchase.Ledger, error) {
	return s.payments.Ledger(after, limit)
}

// IDs lists the users and the products of the fixture.
func (s *Store) IDs() (users, products map[int64]bool, err error) {
	if users, err = s.payments.IDs(); err != nil {
		return nil, nil, err
	}
	products, err = s.stock.IDs()
	return users, products, err
}

func ids(db *Database, query string) (map[int64]bool, error) {
	known := map[int64]bool{}
	err := db.Read(func(t Tx) error {
		return t.QueryEach(query, func(scan func(...any) error) error {
			var id int64
			if err := scan(&id); err != nil {
				return err
			}
			known[id] = true
			return nil
		})
	})
	return known, err
}
