package shop

import "sagalab/pkg/purchase"

// The defects of the saga as a whole.

// withdrawn makes the last step refuse the purchases that a defect strikes, so
// that there is a charge to take back; the honest service never has one.
func (d *defects) withdrawn(name Defect, p participants) participants {
	honest := p.sell
	p.sell = func(c cart, before effect) (effect, error) {
		if d.strikes(name, c.lotKey()) {
			return effect{Refused: purchase.InsufficientBalance, Amount: before.Amount, At: after(before)}, nil
		}
		return honest(c, before)
	}
	return p
}

func (d *defects) wrongUndoOrder(p participants) participants {
	p = d.withdrawn(WrongUndoOrder, p)
	honest := p.refund
	p.refund = func(c cart, before effect) (effect, error) {
		if !d.strikes(WrongUndoOrder, c.lotKey()) {
			return honest(c, before)
		}
		released, err := p.release(c, before)
		if err != nil {
			return effect{}, err
		}
		e, err := honest(c, released)
		if err == nil {
			d.note(WrongUndoOrder, c.OrderID)
		}
		return e, err
	}
	return p
}

// stuckSaga answers for the orders without asking them.
func (d *defects) stuckSaga(p participants) participants {
	honest := p.confirm
	p.confirm = func(c cart, before effect) (effect, error) {
		if !d.strikes(StuckSaga, c.lotKey()) {
			return honest(c, before)
		}
		d.note(StuckSaga, c.OrderID)
		return effect{At: after(before), Amount: before.Amount}, nil
	}
	return p
}
