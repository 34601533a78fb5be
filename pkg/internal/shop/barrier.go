package shop

import (
	"time"

	"sagalab/pkg/purchase"
)

// effectsSchema is the barrier's table, one in each participant's database and
// written in the same transaction as the effect itself. What is in it happened.
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

// void is the outcome of a compensation that found no step to take back, and of
// the step that comes after it.
const void purchase.Code = "void"

// barrier makes an action of a step idempotent: an action takes effect at most
// once (T4), a compensation before its step has no effect and leaves a tombstone
// (T2), and a step after its compensation has none either (T3). dtm calls this a
// sub-transaction barrier.
type barrier struct {
	tx
	step string
	cart cart
	// at is when this action takes place: after the effect before it, because the
	// wall clock may step backwards and the trace of an order may not.
	at   int64
	past map[string]effect // what this order's step has done so far, by action
}

// guarded runs fn in a transaction behind the barrier of one step of one order.
func (s *store) guarded(name string, c cart, before effect, fn func(*barrier) (effect, error)) (effect, error) {
	var b *barrier
	var result effect
	err := s.write(c.OrderID, func() []query {
		b = &barrier{step: name, cart: c, at: max(time.Now().UnixNano(), before.At+1)}
		return []query{{`SELECT action, outcome, amount, at FROM effects WHERE order_id = ?1 AND step = ?2`,
			[]any{c.OrderID, name}, b.remember}}
	}, func(t tx) (err error) {
		b.tx = t
		result, err = fn(b)
		return err
	})
	return result, err
}

func (b *barrier) remember(scan func(...any) error) error {
	var action string
	var e effect
	if err := scan(&action, &e.Refused, &e.Amount, &e.At); err != nil {
		return err
	}
	if b.past == nil {
		b.past = map[string]effect{}
	}
	b.past[action] = e
	return nil
}

// do lets fn take effect unless it did before or was compensated. A refusal is
// recorded as well, so that a step that runs again answers as it did at first.
func (b *barrier) do(amount int64, fn func() (amount int64, refused purchase.Code, err error)) (effect, error) {
	if e, done := b.past[purchase.Do]; done {
		return e, nil
	}
	if _, compensated := b.past[purchase.Compensate]; compensated {
		return b.record(purchase.Do, effect{Refused: void, Amount: amount})
	}
	amount, refused, err := fn()
	if err != nil {
		return effect{}, err
	}
	return b.record(purchase.Do, effect{Refused: refused, Amount: amount})
}

// compensate lets fn take the step's effect back, once, and only if there is one.
func (b *barrier) compensate(fn func(done effect) error) (effect, error) {
	if e, done := b.past[purchase.Compensate]; done {
		return e, nil
	}
	done, ok := b.past[purchase.Do]
	if !ok || done.Refused != "" {
		return b.record(purchase.Compensate, effect{Refused: void})
	}
	if err := fn(done); err != nil {
		return effect{}, err
	}
	return b.record(purchase.Compensate, effect{Amount: done.Amount})
}

// record writes down what happened.
func (b *barrier) record(action string, e effect) (effect, error) {
	e.At = b.at
	return e, b.later(`INSERT INTO effects (order_id, step, action, outcome, amount, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		b.cart.OrderID, b.step, action, string(e.Refused), e.Amount, e.At)
}
