package store

import (
	"context"
	"errors"

	"sagalab/pkg/purchase"
)

// StockParticipant is the stock as the service asks it, in this process (Stock) or in
// another one. It is safe for concurrent use.
type StockParticipant interface {
	Reserve(c Cart, before Effect) (Effect, error)
	Release(c Cart, before Effect) (Effect, error)
	Sell(c Cart, before Effect) (Effect, error)
	Product(id int64) (p purchase.Product, found bool, err error)
	IDs() (map[int64]bool, error)
	Effects(orderIDs []string) ([]RecordedEffect, error)
	Reset(products []purchase.FixtureProduct) error
}

// PaymentsParticipant is the payments as the service asks them, in this process (Payments)
// or in another one. It is safe for concurrent use.
type PaymentsParticipant interface {
	Charge(c Cart, before Effect) (Effect, error)
	Refund(c Cart, before Effect) (Effect, error)
	User(id int64) (u purchase.User, found bool, err error)
	Ledger(after int64, limit int) (purchase.Ledger, error)
	IDs() (map[int64]bool, error)
	Effects(orderIDs []string) ([]RecordedEffect, error)
	Reset(users []purchase.FixtureUser) error
}

// OpenRemote opens the orders' database file at path, or creates it with the fixture f
// planned, beside a stock and payments in other processes.
func OpenRemote(ctx context.Context, path string, f purchase.Fixture, stock StockParticipant, payments PaymentsParticipant) (*Store, error) {
	s := &Store{stock: stock, payments: payments}
	if _, err := s.openOrders(ctx, path, f); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// IDs lists the products.
func (s *Stock) IDs() (map[int64]bool, error) {
	return ids(s.Database, `SELECT product_id FROM products`)
}

// IDs lists the users.
func (p *Payments) IDs() (map[int64]bool, error) {
	return ids(p.Database, `SELECT user_id FROM users`)
}
