package defect

import (
	"net/http"
	"time"

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

// lateReply changes no call: what it does, AnsweredLate does.
func lateReply(_ *Set, p store.Calls) store.Calls { return p }

// AnsweredLate is called with an answer to a call that came after its timeout.
func (s *Set) AnsweredLate(call string, c store.Cart, e store.Effect) {
	const tries, pause = 200, 10 * time.Millisecond // until the cancellation has come to its end
	if call != "charge" || e.Refused != "" {
		return
	}
	for range tries {
		var n int64
		err := s.participants.Orders.Atomically(func(t store.Tx) (err error) {
			n, err = t.Exec(`UPDATE orders SET status = ?2, reason = '', updated_at = ?3 WHERE order_id = ?1 AND status = ?4`,
				c.OrderID, string(purchase.Confirmed), time.Now().UnixNano(), string(purchase.Cancelled))
			return err
		})
		if err == nil && n > 0 {
			s.recordStrike(LateReply, c.OrderID)
			return
		}
		time.Sleep(pause)
	}
}
