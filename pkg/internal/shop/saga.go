package shop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"sagalab/pkg/purchase"
)

// saga is one purchase, from the first effect to the last:
//
//	reserve_stock ──▶ charge_payment ──▶ confirm_order ──▶ CONFIRMED
//	      │                  │                 │
//	   refused            refused           refused
//	      ▼                  ▼                 ▼
//	  COMPENSATING: undo every step that took effect, last first ──▶ CANCELLED
//
// Every arrow is checkpointed in the engine's database. After a crash the engine
// calls run again: a step with a checkpoint answers from it, and a step that may
// or may not have happened runs again, which its participant's barrier makes
// harmless (barrier.go).
type saga struct {
	ask participants
	// landed is told when run returns, whatever the outcome; the engine records
	// that outcome only afterwards.
	landed func(orderID string, err error)
}

// cart is what a saga is started with, kept by the engine as JSON.
type cart struct {
	OrderID   string `json:"order_id"`
	UserID    int64  `json:"user_id"`
	ProductID int64  `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	// Key is the purchase's idempotency key, "" without one. The saga has no use
	// for it: trouble and defects on purpose are drawn by it.
	Key string `json:"key,omitempty"`
}

// effect is a participant's answer to one step, kept by the engine as JSON.
type effect struct {
	// Refused is why the step had no effect, "" when it took effect.
	Refused purchase.Code `json:"refused,omitempty"`
	// Amount is price × quantity once the stock is reserved.
	Amount int64 `json:"amount,omitempty"`
	// At is when the effect took place, in nanoseconds since 1970.
	At int64 `json:"at"`
}

// step is one participant's part: do it, and take it back.
type step struct {
	name     string
	do, undo call
}

// steps are the whole purchase. The last one is the point of no return, so there
// is nothing to undo after it.
func (s *saga) steps() []step {
	return []step{
		{purchase.ReserveStock, s.ask.reserve, s.ask.release},
		{purchase.ChargePayment, s.ask.charge, s.ask.refund},
		{purchase.ConfirmOrder, s.confirm, nil},
	}
}

// run takes a purchase to a terminal status. A refusal is an outcome and not an
// error; an error means that a participant could not be reached, the order stays
// where it is, and the saga has to be run again (resume.go).
func (s *saga) run(ctx dbos.Context, c cart) (outcome purchase.Status, err error) {
	defer func() { s.landed(c.OrderID, err) }()
	var last effect
	steps := s.steps()
	for i, st := range steps {
		last, err = attempt(ctx, st.name, func() (effect, error) { return st.do(c, last) })
		if err != nil {
			return "", err
		}
		if last.Refused != "" {
			return purchase.Cancelled, s.compensate(ctx, c, steps[:i], last)
		}
	}
	return purchase.Confirmed, nil
}

// confirm sells what was reserved and then confirms the order. The order's status
// comes last, so that no order is terminal while a reservation of it is left.
func (s *saga) confirm(c cart, before effect) (effect, error) {
	sold, err := s.ask.sell(c, before)
	if err != nil || sold.Refused != "" {
		return sold, err
	}
	return s.ask.confirm(c, sold)
}

// compensate takes done back in reverse order and cancels the order for the
// reason that refused carries. The status comes last here, too.
func (s *saga) compensate(ctx dbos.Context, c cart, done []step, refused effect) error {
	last, err := attempt(ctx, "begin_compensation", func() (effect, error) {
		return s.ask.compensating(c, refused)
	})
	if err != nil {
		return err
	}
	for _, st := range slices.Backward(done) {
		last, err = attempt(ctx, "undo_"+st.name, func() (effect, error) { return st.undo(c, last) })
		if err != nil {
			return err
		}
	}
	_, err = attempt(ctx, "cancel_order", func() (effect, error) { return s.ask.cancel(c, last) })
	return err
}

// attempt runs one step and checkpoints its effect. A participant that fails is
// asked again after 50, 100, 200 ms and so on, at most 1 s apart: refusals are
// values, so whatever arrives here as an error may pass.
func attempt(ctx dbos.Context, name string, do func() (effect, error)) (effect, error) {
	e, err := dbos.RunAsStep(ctx, func(ctx context.Context) (effect, error) {
		if ctx.Err() != nil { // shutting down: begin nothing new
			return effect{}, context.Cause(ctx)
		}
		return do()
	}, dbos.WithStepName(name), dbos.WithStepMaxRetries(6),
		dbos.WithStepBaseInterval(50*time.Millisecond), dbos.WithStepMaxInterval(time.Second))
	if err != nil {
		return effect{}, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}
