package shop

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
	entry_id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, so cursors outlive a new scene
	order_id TEXT NOT NULL,
	user_id  INTEGER NOT NULL,
	kind     TEXT NOT NULL,
	amount   INTEGER NOT NULL CHECK (amount > 0),
	at       INTEGER NOT NULL
) STRICT;` + effectsSchema

// payments is the participant that holds the money. Payment method n belongs to
// user n, so a cart's user is all that it needs.
type payments struct{ *store }

// charge takes the amount of the reservation before from the user's balance.
func (p *payments) charge(c cart, before effect) (effect, error) {
	e, err := p.guarded(purchase.ChargePayment, c, before, func(b *barrier) (effect, error) {
		return b.do(before.Amount, func() (int64, purchase.Code, error) {
			n, err := b.exec(`UPDATE users SET balance = balance - ?2 WHERE user_id = ?1 AND balance >= ?2`,
				c.UserID, before.Amount)
			if err != nil || n == 0 {
				return before.Amount, purchase.InsufficientBalance, err
			}
			return before.Amount, "", b.enter(purchase.Charge, before.Amount)
		})
	})
	if e.Refused == void {
		e.Refused = purchase.InsufficientBalance
	}
	return e, err
}

// refund gives back what was charged.
func (p *payments) refund(c cart, before effect) (effect, error) {
	return p.guarded(purchase.ChargePayment, c, before, func(b *barrier) (effect, error) {
		return b.compensate(func(charged effect) error {
			if err := b.later(`UPDATE users SET balance = balance + ?2 WHERE user_id = ?1`,
				c.UserID, charged.Amount); err != nil {
				return err
			}
			return b.enter(purchase.Refund, charged.Amount)
		})
	})
}

// enter writes a movement of money into the ledger.
func (b *barrier) enter(kind string, amount int64) error {
	return b.later(`INSERT INTO ledger (order_id, user_id, kind, amount, at) VALUES (?1, ?2, ?3, ?4, ?5)`,
		b.cart.OrderID, b.cart.UserID, kind, amount, b.at)
}

// user reads one user.
func (p *payments) user(id int64) (u purchase.User, found bool, err error) {
	err = p.reading(func(t tx) error {
		found, err = t.one(`SELECT user_id, balance FROM users WHERE user_id = ?1`, []any{id}, &u.UserID, &u.Balance)
		return err
	})
	return u, found, err
}

// ledger reads a page of at most limit entries after a cursor.
func (p *payments) ledger(after int64, limit int) (purchase.Ledger, error) {
	page := purchase.Ledger{Entries: []purchase.Entry{}}
	err := p.reading(func(t tx) error {
		return t.each(`SELECT entry_id, order_id, user_id, kind, amount, at FROM ledger
			WHERE entry_id > ?1 ORDER BY entry_id LIMIT ?2`, func(scan func(...any) error) error {
			var id, at int64
			var e purchase.Entry
			if err := scan(&id, &e.OrderID, &e.UserID, &e.Kind, &e.Amount, &at); err != nil {
				return err
			}
			e.EntryID, e.At = strconv.FormatInt(id, 10), moment(at)
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

// reset replaces everything by the users of a scene.
func (p *payments) reset(users []purchase.SceneUser) error {
	return p.atomically(func(t tx) error { return p.fill(t, users) })
}

// resetTo is reset on a shared database: once, whoever asks and how often.
func (p *payments) resetTo(epoch int64, users []purchase.SceneUser) error {
	return p.atomically(func(t tx) error {
		n, err := t.exec(once, epoch)
		if err != nil || n == 0 {
			return err
		}
		return p.fill(t, users)
	})
}

func (p *payments) fill(t tx, users []purchase.SceneUser) error {
	if err := t.script(p.emptied("effects", "ledger", "users")); err != nil {
		return err
	}
	for _, u := range users {
		if err := t.later(`INSERT INTO users (user_id, balance) VALUES (?1, ?2)`, u.UserID, u.Balance); err != nil {
			return err
		}
	}
	return nil
}

// ids lists who can buy.
func (p *payments) ids() (map[int64]bool, error) {
	return ids(p.store, `SELECT user_id FROM users`)
}

// moment is the time of a stored number of nanoseconds since 1970.
func moment(ns int64) time.Time { return time.Unix(0, ns).UTC() }
