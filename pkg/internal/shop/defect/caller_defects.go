package defect

import (
	"net/http"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The defects between the service and its participants, on the side of the service.

// lostCompensation omits all refunds: there is one only after a charge was given up.
func lostCompensation(d *Set, p store.Calls) store.Calls {
	p.Refund = func(c store.Cart, before store.Effect) (store.Effect, error) {
		d.recordStrike(LostCompensation, c.OrderID)
		return store.Effect{At: timeAfter(before)}, nil
	}
	return p
}

func unavailableTakenForDone(d *Set, p store.Calls) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := unchanged(c, before)
		if status, failed := store.CallStatus(err); !failed || status != http.StatusServiceUnavailable {
			return e, err
		}
		d.recordStrike(UnavailableTakenForDone, c.OrderID)
		return store.Effect{Amount: before.Amount, At: timeAfter(before)}, nil
	}
	return p
}

// sellLostReply also omits the release, as for a piece that is gone.
func sellLostReply(d *Set, p store.Calls) store.Calls {
	sell, release := p.Sell, p.Release
	p.Sell = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := sell(c, before)
		if status, failed := store.CallStatus(err); !failed || status != 0 {
			return e, err
		}
		d.recordStrike(SellLostReply, c.OrderID)
		return store.Effect{Refused: purchase.FailedDependency, Amount: before.Amount, At: timeAfter(before)}, nil
	}
	p.Release = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if d.struckBefore(SellLostReply, c.OrderID) {
			return store.Effect{At: timeAfter(before)}, nil
		}
		return release(c, before)
	}
	return p
}

// chargeAfterRefund repeats a charge that was not answered after its refund, as a client with
// retries of its own does beside the saga.
func chargeAfterRefund(d *Set, p store.Calls) store.Calls {
	charge, refund := p.Charge, p.Refund
	p.Charge = d.rememberUnanswered(charge)
	p.Refund = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := refund(c, before)
		if err == nil {
			d.repeatUnanswered(c, charge)
		}
		return e, err
	}
	return p
}

// lateReply repeats a charge that was not answered when the purchase is being cancelled. The
// payments answer with what they did at first, though it was refunded since.
func lateReply(d *Set, p store.Calls) store.Calls {
	charge, cancel := p.Charge, p.Cancel
	p.Charge = d.rememberUnanswered(charge)
	p.Cancel = func(c store.Cart, before store.Effect) (store.Effect, error) {
		charged := d.repeatUnanswered(c, charge)
		e, err := cancel(c, before)
		if err != nil || !charged {
			return e, err
		}
		d.recordStrike(LateReply, c.OrderID)
		return e, d.participants.Orders.Atomically(func(t store.Tx) error {
			return t.Queue(`UPDATE orders SET status = ?2, reason = '' WHERE order_id = ?1`, c.OrderID, string(purchase.Confirmed))
		})
	}
	return p
}

// rememberUnanswered returns a call that is remembered by its order when it is not answered.
func (s *Set) rememberUnanswered(do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := do(c, before)
		if status, failed := store.CallStatus(err); failed && status == 0 {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.unanswered[c.OrderID] = unansweredCall{c, before}
		}
		return e, err
	}
}

// repeatUnanswered repeats the call of an order that was not answered, if there is one, once. It
// reports whether it took effect.
func (s *Set) repeatUnanswered(of store.Cart, do store.Call) bool {
	s.mu.Lock()
	call, there := s.unanswered[of.OrderID]
	delete(s.unanswered, of.OrderID)
	s.mu.Unlock()
	if !there {
		return false
	}
	call.cart.Attempt++
	e, err := do(call.cart, call.before)
	return err == nil && e.Refused == ""
}
