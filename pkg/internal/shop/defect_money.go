package shop

import (
	"time"

	"sagalab/pkg/purchase"
)

// The defects of the payments.

func (d *defects) spuriousMoney(p participants) participants {
	honest := p.charge
	p.charge = func(c cart, before effect) (effect, error) {
		if !d.strikes(SpuriousMoney, c.lotKey()) {
			return honest(c, before)
		}
		d.note(SpuriousMoney, c.OrderID)
		return effect{Refused: purchase.InsufficientBalance, Amount: before.Amount, At: after(before)}, nil
	}
	return p
}

// overspend gives the user what he lacks, so that his balance ends at 0.
func (d *defects) overspend(p participants) participants {
	honest := p.charge
	p.charge = func(c cart, before effect) (effect, error) {
		d.charging.Lock()
		defer d.charging.Unlock()
		lacking := false
		if !d.noted(Overspend, c.OrderID) { // else he would be given it for a repeated call
			var err error
			lacking, err = d.inPayments(c, before, func(b *barrier) (bool, error) {
				if _, done := b.past[purchase.Do]; done {
					return false, nil
				}
				n, err := b.exec(`UPDATE users SET balance = ?2 WHERE user_id = ?1 AND balance < ?2`, c.UserID, before.Amount)
				return n > 0, err
			})
			if err != nil {
				return effect{}, err
			}
		}
		e, err := honest(c, before)
		if lacking && err == nil && e.Refused == "" {
			d.note(Overspend, c.OrderID)
		}
		return e, err
	}
	return p
}

func (d *defects) moneyVanishes(p participants) participants {
	return d.charged(MoneyVanishes, p, func(c cart, e effect) (bool, error) {
		return d.inPayments(c, e, func(b *barrier) (bool, error) {
			n, err := b.exec(`UPDATE users SET balance = balance - 1 WHERE user_id = ?1 AND balance >= 1`, c.UserID)
			return n > 0, err
		})
	})
}

func (d *defects) doubleCharge(p participants) participants {
	return d.charged(DoubleCharge, p, func(c cart, e effect) (bool, error) {
		return d.inPayments(c, e, func(b *barrier) (bool, error) {
			n, err := b.exec(`UPDATE users SET balance = balance - ?2 WHERE user_id = ?1 AND balance >= ?2`, c.UserID, e.Amount)
			if err != nil || n == 0 {
				return false, err
			}
			return true, b.enter(purchase.Charge, e.Amount)
		})
	})
}

// charged lets wrong happen once after each charge that a defect strikes.
func (d *defects) charged(name Defect, p participants, wrong func(c cart, e effect) (bool, error)) participants {
	honest := p.charge
	p.charge = func(c cart, before effect) (effect, error) {
		e, err := honest(c, before)
		if err != nil || e.Refused != "" || !d.strikes(name, c.lotKey()) || d.noted(name, c.OrderID) {
			return e, err
		}
		happened, err := wrong(c, e)
		if happened {
			d.note(name, c.OrderID)
		}
		return e, err
	}
	return p
}

func (d *defects) lostRefund(p participants) participants {
	p = d.withdrawn(LostRefund, p)
	honest := p.refund
	p.refund = func(c cart, before effect) (effect, error) {
		if !d.strikes(LostRefund, c.lotKey()) {
			return honest(c, before)
		}
		d.note(LostRefund, c.OrderID)
		return effect{At: after(before)}, nil
	}
	return p
}

func (d *defects) largeRefund(p participants) participants {
	p = d.withdrawn(LargeRefund, p)
	honest := p.refund
	p.refund = func(c cart, before effect) (effect, error) {
		e, err := honest(c, before)
		if err != nil || e.Refused != "" || !d.strikes(LargeRefund, c.lotKey()) || d.noted(LargeRefund, c.OrderID) {
			return e, err
		}
		_, err = d.inPayments(c, e, func(b *barrier) (bool, error) {
			if _, err := b.exec(`UPDATE users SET balance = balance + 1 WHERE user_id = ?1`, c.UserID); err != nil {
				return false, err
			}
			return true, b.enter(purchase.Refund, 1)
		})
		if err == nil {
			d.note(LargeRefund, c.OrderID)
		}
		return e, err
	}
	return p
}

// inPayments does something to the payments, not kept by their barrier.
func (d *defects) inPayments(c cart, before effect, change func(*barrier) (bool, error)) (changed bool, err error) {
	_, err = d.shop.payments.guarded(purchase.ChargePayment, c, before, func(b *barrier) (_ effect, err error) {
		changed, err = change(b)
		return effect{}, err
	})
	return changed && err == nil, err
}

// after is a time for an effect that happens in no participant.
func after(before effect) int64 { return max(time.Now().UnixNano(), before.At+1) }
