package shop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// saga runs one purchase, from the first effect to the last:
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
// harmless (store/barrier.go).
type saga struct {
	ask store.Calls
	// returned is called when run returns, whatever the outcome; the engine records
	// that outcome only afterwards.
	returned func(orderID string, err error)
	// retry is the wait before the second call of a step, which doubles up to 1 s.
	retry time.Duration
}

// step is one participant's part: do it, and undo it.
type step struct {
	name     string
	do, undo store.Call
}

// steps are the whole purchase. The last one is the point of no return, so there
// is nothing to undo after it.
func (s *saga) steps() []step {
	return []step{
		{purchase.ReserveStock, s.ask.Reserve, s.ask.Release},
		{purchase.ChargePayment, s.ask.Charge, s.ask.Refund},
		{purchase.ConfirmOrder, s.confirm, nil},
	}
}

// run runs a purchase to a terminal status. A refusal is an outcome and not an
// error; an error means that a participant could not be reached, the order stays
// where it is, and the saga has to be run again (recovery.go).
func (s *saga) run(ctx dbos.Context, c store.Cart) (outcome purchase.Status, err error) {
	defer func() { s.returned(c.OrderID, err) }()
	var last store.Effect
	steps := s.steps()
	for i, st := range steps {
		last, err = s.runStep(ctx, c, st.name, st.do, last)
		if err != nil {
			return "", err
		}
		if last.Refused == purchase.FailedDependency { // it may have taken effect: undo it, too
			return purchase.Cancelled, s.compensate(ctx, c, steps[:i+1], last)
		}
		if last.Refused != "" {
			return purchase.Cancelled, s.compensate(ctx, c, steps[:i], last)
		}
	}
	return purchase.Confirmed, nil
}

// confirm sells what was reserved and then confirms the order. The order's status
// comes last, so that no order is terminal while a reservation of it is left.
func (s *saga) confirm(c store.Cart, before store.Effect) (store.Effect, error) {
	sold, err := s.ask.Sell(c, before)
	if err != nil || sold.Refused != "" {
		return sold, err
	}
	return s.ask.Confirm(c, sold)
}

// compensate undoes the steps in done in reverse order and cancels the order for the
// reason that refused carries. The status comes last here, too.
func (s *saga) compensate(ctx dbos.Context, c store.Cart, done []step, refused store.Effect) error {
	last, err := s.runStep(ctx, c, "begin_compensation", s.ask.BeginCompensation, refused)
	if err != nil {
		return err
	}
	for _, st := range slices.Backward(done) {
		if st.undo == nil {
			continue
		}
		last, err = s.runStep(ctx, c, "undo_"+st.name, st.undo, last)
		if err != nil {
			return err
		}
	}
	_, err = s.runStep(ctx, c, "cancel_order", s.ask.Cancel, last)
	return err
}

// runStep runs one step and checkpoints its effect. A participant that fails is
// asked again after 50, 100, 200 ms and so on, at most 1 s apart (Config.Retry): refusals
// are values, so an error may be temporary.
func (s *saga) runStep(ctx dbos.Context, c store.Cart, name string, do store.Call, before store.Effect) (store.Effect, error) {
	e, err := dbos.RunAsStep(ctx, func(ctx context.Context) (store.Effect, error) {
		if ctx.Err() != nil { // shutting down: begin nothing new
			return store.Effect{}, context.Cause(ctx)
		}
		c.Attempt++
		return do(c, before)
	}, dbos.WithStepName(name), dbos.WithStepMaxRetries(6),
		dbos.WithStepBaseInterval(s.retry), dbos.WithStepMaxInterval(max(time.Second, s.retry)))
	if err != nil {
		return store.Effect{}, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}
