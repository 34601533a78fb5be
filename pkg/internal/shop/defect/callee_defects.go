package defect

import (
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The defects between the service and its participants, on the side of the participants: what
// they do when a call is repeated, or comes too late.

// took returns the effect that an action of a barrier's step has had; false when it had none.
func took(b *store.Barrier, action string) (store.Effect, bool) {
	e, done := b.Past[action]
	return e, done && e.Refused == ""
}

// inPayments changes the payments without a record in their barrier, adds the step to the
// order's trace and counts an effect of the defect, when change says that it changed something.
func inPayments(d *Set, name Defect, c store.Cart, before store.Effect, action string, change func(*store.Barrier) (bool, error)) error {
	at := timeAfter(before)
	changed, err := changePayments(d, c, before, change)
	if changed {
		d.addHiddenStep(c.OrderID, purchase.ChargePayment, action, at)
		d.recordStrike(name, c.OrderID)
	}
	return err
}

// chargeAgain charges without asking what was done before.
func chargeAgain(b *store.Barrier, c store.Cart, amount int64) (bool, error) {
	n, err := b.Exec(`UPDATE users SET balance = balance - ?2 WHERE user_id = ?1 AND balance >= ?2`, c.UserID, amount)
	if err != nil || n == 0 {
		return false, err
	}
	return true, b.AddLedgerEntry(purchase.Charge, amount)
}

func retryChargesTwice(d *Set, p store.Calls) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inPayments(d, RetryChargesTwice, c, before, purchase.Do, func(b *store.Barrier) (bool, error) {
			e, done := took(b, purchase.Do)
			if _, undone := b.Past[purchase.Compensate]; !done || undone {
				return false, nil
			}
			return chargeAgain(b, c, e.Amount)
		})
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}

func lateCharge(d *Set, p store.Calls) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inPayments(d, LateCharge, c, before, purchase.Do, func(b *store.Barrier) (bool, error) {
			if _, undone := b.Past[purchase.Compensate]; !undone {
				return false, nil
			}
			return chargeAgain(b, c, before.Amount)
		})
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}

func refundTwice(d *Set, p store.Calls) store.Calls {
	unchanged := p.Refund
	p.Refund = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inPayments(d, RefundTwice, c, before, purchase.Compensate, func(b *store.Barrier) (bool, error) {
			e, done := took(b, purchase.Compensate)
			if !done {
				return false, nil
			}
			if _, err := b.Exec(`UPDATE users SET balance = balance + ?2 WHERE user_id = ?1`, c.UserID, e.Amount); err != nil {
				return false, err
			}
			return true, b.AddLedgerEntry(purchase.Refund, e.Amount)
		})
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}

// inStock changes the stock by a statement as inPayments does the payments, when wants is true of
// the barrier's records. action is "" for what is in no trace.
func inStock(d *Set, name Defect, c store.Cart, before store.Effect, action, statement string, wants func(*store.Barrier) bool) error {
	at, changed := timeAfter(before), false
	_, err := d.participants.Stock.WithBarrier(purchase.ReserveStock, c, before, func(b *store.Barrier) (store.Effect, error) {
		changed = false
		if !wants(b) {
			return store.Effect{}, nil
		}
		n, err := b.Exec(statement, c.ProductID, c.Quantity)
		changed = n > 0
		return store.Effect{}, err
	})
	if err != nil || !changed {
		return err
	}
	if action != "" {
		d.addHiddenStep(c.OrderID, purchase.ReserveStock, action, at)
	}
	d.recordStrike(name, c.OrderID)
	return nil
}

func retryReservesTwice(d *Set, p store.Calls) store.Calls {
	unchanged := p.Reserve
	p.Reserve = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inStock(d, RetryReservesTwice, c, before, purchase.Do, reserveAgain, func(b *store.Barrier) bool {
			_, done := took(b, purchase.Do)
			_, undone := b.Past[purchase.Compensate]
			return done && !undone
		})
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}

func releaseTwice(d *Set, p store.Calls) store.Calls {
	unchanged := p.Release
	p.Release = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inStock(d, ReleaseTwice, c, before, purchase.Compensate, `UPDATE products SET stock = stock + ?2 WHERE product_id = ?1`,
			func(b *store.Barrier) bool { _, done := took(b, purchase.Compensate); return done })
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}

func sellTwice(d *Set, p store.Calls) store.Calls {
	unchanged := p.Sell
	p.Sell = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inStock(d, SellTwice, c, before, "", `UPDATE products SET stock = stock - ?2 WHERE product_id = ?1 AND stock >= ?2`,
			func(b *store.Barrier) bool { _, done := took(b, store.Sold); return done })
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}

func releaseOfAnother(d *Set, p store.Calls) store.Calls {
	unchanged := p.Release
	p.Release = func(c store.Cart, before store.Effect) (store.Effect, error) {
		err := inStock(d, ReleaseOfAnother, c, before, purchase.Compensate, `UPDATE products SET stock = stock + ?2 WHERE product_id = ?1 AND reserved >= ?2`,
			func(b *store.Barrier) bool {
				_, done := took(b, purchase.Do)
				_, undone := b.Past[purchase.Compensate]
				return !done && !undone
			})
		if err != nil {
			return store.Effect{}, err
		}
		return unchanged(c, before)
	}
	return p
}
