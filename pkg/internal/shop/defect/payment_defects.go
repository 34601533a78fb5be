package defect

import (
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The defects of the payments.

func spuriousMoney(d *Set, p store.Calls) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if !d.strikes(SpuriousMoney, c.DrawKey()) {
			return unchanged(c, before)
		}
		d.recordStrike(SpuriousMoney, c.OrderID)
		return store.Effect{Refused: purchase.InsufficientBalance, Amount: before.Amount, At: timeAfter(before)}, nil
	}
	return p
}

// overspend raises a balance that is too low to the amount, so that it ends at 0.
func overspend(d *Set, p store.Calls) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		d.charging.Lock()
		defer d.charging.Unlock()
		raised := false
		if !d.struckBefore(Overspend, c.OrderID) { // else a repeated call would raise it again
			var err error
			raised, err = changePayments(d, c, before, func(b *store.Barrier) (bool, error) {
				if _, done := b.Past[purchase.Do]; done {
					return false, nil
				}
				n, err := b.Exec(`UPDATE users SET balance = ?2 WHERE user_id = ?1 AND balance < ?2`, c.UserID, before.Amount)
				return n > 0, err
			})
			if err != nil {
				return store.Effect{}, err
			}
		}
		e, err := unchanged(c, before)
		if raised && err == nil && e.Refused == "" {
			d.recordStrike(Overspend, c.OrderID)
		}
		return e, err
	}
	return p
}

func moneyVanishes(d *Set, p store.Calls) store.Calls {
	return afterCharge(d, MoneyVanishes, p, func(c store.Cart, e store.Effect) (bool, error) {
		return changePayments(d, c, e, func(b *store.Barrier) (bool, error) {
			n, err := b.Exec(`UPDATE users SET balance = balance - 1 WHERE user_id = ?1 AND balance >= 1`, c.UserID)
			return n > 0, err
		})
	})
}

func doubleCharge(d *Set, p store.Calls) store.Calls {
	return afterCharge(d, DoubleCharge, p, func(c store.Cart, e store.Effect) (bool, error) {
		return changePayments(d, c, e, func(b *store.Barrier) (bool, error) {
			n, err := b.Exec(`UPDATE users SET balance = balance - ?2 WHERE user_id = ?1 AND balance >= ?2`, c.UserID, e.Amount)
			if err != nil || n == 0 {
				return false, err
			}
			return true, b.AddLedgerEntry(purchase.Charge, e.Amount)
		})
	})
}

// afterCharge runs change once after each charge that a defect affects.
func afterCharge(d *Set, name Defect, p store.Calls, change func(c store.Cart, e store.Effect) (bool, error)) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := unchanged(c, before)
		if err != nil || e.Refused != "" || !d.strikes(name, c.DrawKey()) || d.struckBefore(name, c.OrderID) {
			return e, err
		}
		happened, err := change(c, e)
		if happened {
			d.recordStrike(name, c.OrderID)
		}
		return e, err
	}
	return p
}

func lostRefund(d *Set, p store.Calls) store.Calls {
	p = refuseLastStep(d, LostRefund, p)
	unchanged := p.Refund
	p.Refund = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if !d.strikes(LostRefund, c.DrawKey()) {
			return unchanged(c, before)
		}
		d.recordStrike(LostRefund, c.OrderID)
		return store.Effect{At: timeAfter(before)}, nil
	}
	return p
}

func largeRefund(d *Set, p store.Calls) store.Calls {
	p = refuseLastStep(d, LargeRefund, p)
	unchanged := p.Refund
	p.Refund = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := unchanged(c, before)
		if err != nil || e.Refused != "" || !d.strikes(LargeRefund, c.DrawKey()) || d.struckBefore(LargeRefund, c.OrderID) {
			return e, err
		}
		_, err = changePayments(d, c, e, func(b *store.Barrier) (bool, error) {
			if _, err := b.Exec(`UPDATE users SET balance = balance + 1 WHERE user_id = ?1`, c.UserID); err != nil {
				return false, err
			}
			return true, b.AddLedgerEntry(purchase.Refund, 1)
		})
		if err == nil {
			d.recordStrike(LargeRefund, c.OrderID)
		}
		return e, err
	}
	return p
}

// changePayments changes the payments without a record in their barrier.
func changePayments(d *Set, c store.Cart, before store.Effect, change func(*store.Barrier) (bool, error)) (changed bool, err error) {
	_, err = d.participants.Payments.WithBarrier(purchase.ChargePayment, c, before, func(b *store.Barrier) (_ store.Effect, err error) {
		changed, err = change(b)
		return store.Effect{}, err
	})
	return changed && err == nil, err
}

// timeAfter returns a time for an effect that takes place in no participant.
func timeAfter(before store.Effect) int64 { return max(time.Now().UnixNano(), before.At+1) }
