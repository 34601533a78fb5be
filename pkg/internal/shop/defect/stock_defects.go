package defect

import (
	"strconv"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The defects of the stock.

// oversell sells one piece too many of each product, as happens when two purchases
// read the stock before either writes it.
func oversell(d *Set, p store.Calls) store.Calls {
	unchanged := p.Reserve
	p.Reserve = func(c store.Cart, before store.Effect) (store.Effect, error) {
		d.reserving.Lock()
		defer d.reserving.Unlock()
		product := "product " + strconv.FormatInt(c.ProductID, 10)
		if d.struckBefore(Oversell, product) {
			return unchanged(c, before)
		}
		raced, err := changeStock(d, `UPDATE products SET stock = stock + 1
			WHERE product_id = ?1 AND stock = ?2 - 1 AND reserved > 0`, c)
		if err != nil {
			return store.Effect{}, err
		}
		e, err := unchanged(c, before)
		if raced && err == nil && e.Refused == "" {
			d.recordStrike(Oversell, product)
		}
		return e, err
	}
	return p
}

func spuriousStock(d *Set, p store.Calls) store.Calls {
	unchanged := p.Reserve
	p.Reserve = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if !d.strikes(SpuriousStock, c.DrawKey()) {
			return unchanged(c, before)
		}
		d.recordStrike(SpuriousStock, c.OrderID)
		return store.Effect{Refused: purchase.OutOfStock, At: timeAfter(before)}, nil
	}
	return p
}

func orphanReservation(d *Set, p store.Calls) store.Calls {
	unchanged := p.Release
	p.Release = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if !d.strikes(OrphanReservation, c.DrawKey()) {
			return unchanged(c, before)
		}
		d.recordStrike(OrphanReservation, c.OrderID)
		return store.Effect{At: timeAfter(before)}, nil
	}
	return p
}

func nullCompensation(d *Set, p store.Calls) store.Calls {
	unchanged := p.Reserve
	p.Reserve = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := unchanged(c, before)
		if err == nil && e.Refused != "" && d.strikes(NullCompensation, c.DrawKey()) {
			err = changeUnrecorded(d, NullCompensation, c, purchase.Compensate, e.At+1, `UPDATE products SET stock = stock + ?2 WHERE product_id = ?1`)
		}
		return e, err
	}
	return p
}

func earlyCompensation(d *Set, p store.Calls) store.Calls {
	unchanged := p.Reserve
	p.Reserve = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if d.strikes(EarlyCompensation, c.DrawKey()) {
			at := timeAfter(before)
			err := changeUnrecorded(d, EarlyCompensation, c, purchase.Compensate, at, `UPDATE products SET stock = stock + ?2 WHERE product_id = ?1`)
			if err != nil {
				return store.Effect{}, err
			}
			before.At = at
		}
		return unchanged(c, before)
	}
	return p
}

func hangingStep(d *Set, p store.Calls) store.Calls {
	unchanged := p.Release
	p.Release = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := unchanged(c, before)
		if err == nil && e.Refused == "" && d.strikes(HangingStep, c.DrawKey()) {
			err = changeUnrecorded(d, HangingStep, c, purchase.Do, e.At+1, reserveAgain)
		}
		return e, err
	}
	return p
}

func doubleStep(d *Set, p store.Calls) store.Calls {
	unchanged := p.Reserve
	p.Reserve = func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := unchanged(c, before)
		if err == nil && e.Refused == "" && d.strikes(DoubleStep, c.DrawKey()) {
			err = changeUnrecorded(d, DoubleStep, c, purchase.Do, e.At+1, reserveAgain)
		}
		return e, err
	}
	return p
}

const reserveAgain = `UPDATE products SET stock = stock - ?2, reserved = reserved + ?2 WHERE product_id = ?1 AND stock >= ?2`

// changeUnrecorded changes the stock without a record in its barrier, once for an
// order, and adds the step to the order's trace.
func changeUnrecorded(d *Set, name Defect, c store.Cart, action string, at int64, change string) error {
	if d.struckBefore(name, c.OrderID) {
		return nil
	}
	changed, err := changeStock(d, change, c)
	if err != nil || !changed {
		return err
	}
	d.addHiddenStep(c.OrderID, purchase.ReserveStock, action, at)
	d.recordStrike(name, c.OrderID)
	return nil
}

// changeStock runs a statement with a cart's product and quantity, and reports
// whether it changed a row.
func changeStock(d *Set, statement string, c store.Cart) (changed bool, err error) {
	err = d.participants.Stock.Atomically(func(t store.Tx) error {
		n, err := t.Exec(statement, c.ProductID, c.Quantity)
		changed = n > 0
		return err
	})
	return changed, err
}
