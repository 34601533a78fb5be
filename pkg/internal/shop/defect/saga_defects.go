package defect

import (
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The defects of the saga as a whole.

// refuseLastStep makes the last step refuse the purchases that a defect affects, so
// that there is a charge to compensate; without defects there never is one.
func refuseLastStep(d *Set, name Defect, p store.Calls) store.Calls {
	unchanged := p.Sell
	p.Sell = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if d.strikes(name, c.DrawKey()) {
			return store.Effect{Refused: purchase.InsufficientBalance, Amount: before.Amount, At: timeAfter(before)}, nil
		}
		return unchanged(c, before)
	}
	return p
}

// stuckSaga answers in place of the orders without calling them.
func stuckSaga(d *Set, p store.Calls) store.Calls {
	unchanged := p.Confirm
	p.Confirm = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if !d.strikes(StuckSaga, c.DrawKey()) {
			return unchanged(c, before)
		}
		d.recordStrike(StuckSaga, c.OrderID)
		return store.Effect{At: timeAfter(before), Amount: before.Amount}, nil
	}
	return p
}
