package store

import (
	"strconv"
	"time"

	"sagalab/pkg/purchase"
)

const paymentsSchema = `
CREATE TABLE users (
	user_id INTEGER PRIMARY KEY,
	balance INTEGER NOT NULL CHECK (balance >= 0)
) STRICT;
CREATE TABLE ledger (
	entry_id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, so cursors outlive a new fixture
	order_id TEXT NOT NULL,
	user_id  INTEGER NOT NULL,
	kind     TEXT NOT NULL,
	amount   INTEGER NOT NULL CHECK (amount > 0),
	at       INTEGER NOT NULL
) STRICT;` + effectsSchema

// Payments is the participant that holds the money. Payment method n belongs to
// user n, so a cart needs no payment method.
type Payments struct{ *Database }

// Charge takes the amount of the reservation before from the user's balance.
func (p *Payments) Charge(c Cart, before Effect) (Effect, error) {
	e, err := p.WithBarrier(purchase.ChargePayment, c, before, func(b *Barrier) (Effect, error) {
		return b.do(before.Amount, func() (int64, purchase.Code, error) {
			n, err := b.Exec(`UPDATE users SET balance = balance - ?2 WHERE user_id = ?1 AND balance >= ?2`,
				c.UserID, before.Amount)
			if err != nil || n == 0 {
				return before.Amount, purchase.InsufficientBalance, err
			}
			return before.Amount, "", b.AddLedgerEntry(purchase.Charge, before.Amount)
		})
	})
	if e.Refused == void {
		e.Refused = purchase.InsufficientBalance
	}
	return e, err
}

// Refund gives back what was charged.
func (p *Payments) Refund(c Cart, before Effect) (Effect, error) {
	return p.WithBarrier(purchase.ChargePayment, c, before, func(b *Barrier) (Effect, error) {
		return b.compensate(func(charged Effect) error {
			if err := b.Queue(`UPDATE users SET balance = balance + ?2 WHERE user_id = ?1`,
				c.UserID, charged.Amount); err != nil {
				return err
			}
			return b.AddLedgerEntry(purchase.Refund, charged.Amount)
		})
	})
}

// AddLedgerEntry adds a movement of money to the ledger.
func (b *Barrier) AddLedgerEntry(kind string, amount int64) error {
	return b.Queue(`INSERT INTO ledger (order_id, user_id, kind, amount, at) VALUES (?1, ?2, ?3, ?4, ?5)`,
		b.cart.OrderID, b.cart.UserID, kind, amount, b.at)
}

// User reads one user.
func (p *Payments) User(id int64) (u purchase.User, found bool, err error) {
	err = p.Read(func(t Tx) error {
		found, err = t.QueryFirst(`SELECT user_id, balance FROM users WHERE user_id = ?1`, []any{id}, (*int64)(&u.UserID), &u.Balance)
		return err
	})
	return u, found, err
}

// Ledger reads a page of at most limit entries after a cursor.
func (p *Payments) Ledger(after int64, limit int) (purchase.Ledger, error) {
	page := purchase.Ledger{Entries: []purchase.Entry{}}
	err := p.Read(func(t Tx) error {
		return t.QueryEach(`SELECT entry_id, order_id, user_id, kind, amount, at FROM ledger
			WHERE entry_id > ?1 ORDER BY entry_id LIMIT ?2`, func(scan func(...any) error) error {
			var id, at int64
			var e purchase.Entry
			if err := scan(&id, &e.OrderID, (*int64)(&e.UserID), &e.Kind, &e.Amount, &at); err != nil {
				return err
			}
			e.EntryID, e.At = strconv.FormatInt(id, 10), timeOf(at)
			page.Entries = append(page.Entries, e)
			return nil
		}, after, limit+1)
	})
	if len(page.Entries) > limit {
		page.Entries = page.Entries[:limit]
		page.Next = page.Entries[limit-1].EntryID
	}
	return page, err
}

// Reset replaces all users, entries and effects by the users of a fixture.
func (p *Payments) Reset(users []purchase.FixtureUser) error {
	return p.Atomically(func(t Tx) error { return p.fill(t, users) })
}

// ResetTo is Reset on a shared database: it has an effect once for an epoch.
func (p *Payments) ResetTo(epoch int64, users []purchase.FixtureUser) error {
	return p.Atomically(func(t Tx) error {
		n, err := t.Exec(advanceEpoch, epoch)
		if err != nil || n == 0 {
			return err
		}
		return p.fill(t, users)
	})
}

func (p *Payments) fill(t Tx, users []purchase.FixtureUser) error {
	if err := t.ExecScript(p.emptied("effects", "ledger", "users")); err != nil {
		return err
	}
	for _, u := range users {
		if err := t.Queue(`INSERT INTO users (user_id, balance) VALUES (?1, ?2)`, int64(u.UserID), u.Balance); err != nil {
			return err
		}
	}
	return nil
}

// timeOf returns the time of a stored number of nanoseconds since 1970.
func timeOf(ns int64) time.Time { return time.Unix(0, ns).UTC() }
