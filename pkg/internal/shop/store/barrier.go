package store

import (
	"time"

	"sagalab/pkg/purchase"
)

// effectsSchema is the barrier's table, one in each participant's database. A row is
// written in the same transaction as the effect itself.
const effectsSchema = `
CREATE TABLE effects (
	order_id TEXT NOT NULL,
	step     TEXT NOT NULL,
	action   TEXT NOT NULL,    -- do, compensate, or a participant's own
	outcome  TEXT NOT NULL,    -- '' took effect, 'void' had nothing to do, else the refusal's code
	amount   INTEGER NOT NULL, -- in minor units
	at       INTEGER NOT NULL, -- nanoseconds since 1970
	PRIMARY KEY (order_id, step, action)
) WITHOUT ROWID, STRICT;`

// void is the outcome of a compensation that found no step to undo, and of
// the step that comes after it.
const void purchase.Code = "void"

// Barrier makes an action of a step idempotent: an action takes effect at most
// once (T4), a compensation before its step has no effect and leaves a tombstone
// (T2), and a step after its compensation has none either (T3). dtm calls this a
// sub-transaction barrier.
type Barrier struct {
	Tx
	step string
	cart Cart
	// at is when this action takes place: after the effect before it, because the
	// wall clock may step backwards and the trace of an order may not.
	at   int64
	Past map[string]Effect // the recorded effects of this order's step, by action
}

// WithBarrier runs fn in a transaction with the barrier of one step of one order.
func (d *Database) WithBarrier(name string, c Cart, before Effect, fn func(*Barrier) (Effect, error)) (Effect, error) {
	var b *Barrier
	var result Effect
	err := d.write(c.OrderID, func() []query {
		b = &Barrier{step: name, cart: c, at: max(time.Now().UnixNano(), before.At+1)}
		return []query{{`SELECT action, outcome, amount, at FROM effects WHERE order_id = ?1 AND step = ?2`,
			[]any{c.OrderID, name}, b.remember}}
	}, func(t Tx) (err error) {
		b.Tx = t
		result, err = fn(b)
		return err
	})
	return result, err
}

func (b *Barrier) remember(scan func(...any) error) error {
	var action string
	var e Effect
	if err := scan(&action, &e.Refused, &e.Amount, &e.At); err != nil {
		return err
	}
	if b.Past == nil {
		b.Past = map[string]Effect{}
	}
	b.Past[action] = e
	return nil
}

// do runs fn and records its effect, unless the step took effect before or was
// compensated. A refusal is recorded, too, so that a step that runs again gives the
// first answer.
func (b *Barrier) do(amount int64, fn func() (amount int64, refused purchase.Code, err error)) (Effect, error) {
	if e, done := b.Past[purchase.Do]; done {
		return e, nil
	}
	if _, compensated := b.Past[purchase.Compensate]; compensated {
		return b.record(purchase.Do, Effect{Refused: void, Amount: amount})
	}
	amount, refused, err := fn()
	if err != nil {
		return Effect{}, err
	}
	return b.record(purchase.Do, Effect{Refused: refused, Amount: amount})
}

// compensate runs fn to undo the step's effect, once, and only if there is one.
func (b *Barrier) compensate(fn func(done Effect) error) (Effect, error) {
	if e, done := b.Past[purchase.Compensate]; done {
		return e, nil
	}
	done, ok := b.Past[purchase.Do]
	if !ok || done.Refused != "" {
		return b.record(purchase.Compensate, Effect{Refused: void})
	}
	if err := fn(done); err != nil {
		return Effect{}, err
	}
	return b.record(purchase.Compensate, Effect{Amount: done.Amount})
}

// record stores an effect.
func (b *Barrier) record(action string, e Effect) (Effect, error) {
	e.At = b.at
	return e, b.Queue(`INSERT INTO effects (order_id, step, action, outcome, amount, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		b.cart.OrderID, b.step, action, string(e.Refused), e.Amount, e.At)
}
