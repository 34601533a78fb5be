package shop

import (
	"strconv"

	"sagalab/pkg/purchase"
)

// The defects of the stock.

// oversell sells one piece too many of each product: as when two purchases read
// the stock before either writes it.
func (d *defects) oversell(p participants) participants {
	honest := p.reserve
	p.reserve = func(c cart, before effect) (effect, error) {
		d.reserving.Lock()
		defer d.reserving.Unlock()
		product := "product " + strconv.FormatInt(c.ProductID, 10)
		if d.noted(Oversell, product) {
			return honest(c, before)
		}
		together, err := d.inStock(`UPDATE products SET stock = stock + 1
			WHERE product_id = ?1 AND stock = ?2 - 1 AND reserved > 0`, c)
		if err != nil {
			return effect{}, err
		}
		e, err := honest(c, before)
		if together && err == nil && e.Refused == "" {
			d.note(Oversell, product)
		}
		return e, err
	}
	return p
}

func (d *defects) spuriousStock(p participants) participants {
	honest := p.reserve
	p.reserve = func(c cart, before effect) (effect, error) {
		if !d.strikes(SpuriousStock, c.lotKey()) {
			return honest(c, before)
		}
		d.note(SpuriousStock, c.OrderID)
		return effect{Refused: purchase.OutOfStock, At: after(before)}, nil
	}
	return p
}

func (d *defects) orphanReservation(p participants) participants {
	honest := p.release
	p.release = func(c cart, before effect) (effect, error) {
		if !d.strikes(OrphanReservation, c.lotKey()) {
			return honest(c, before)
		}
		d.note(OrphanReservation, c.OrderID)
		return effect{At: after(before)}, nil
	}
	return p
}

func (d *defects) nullCompensation(p participants) participants {
	honest := p.reserve
	p.reserve = func(c cart, before effect) (effect, error) {
		e, err := honest(c, before)
		if err == nil && e.Refused != "" && d.strikes(NullCompensation, c.lotKey()) {
			err = d.behind(NullCompensation, c, purchase.Compensate, e.At+1, `UPDATE products SET stock = stock + ?2 WHERE product_id = ?1`)
		}
		return e, err
	}
	return p
}

func (d *defects) earlyCompensation(p participants) participants {
	honest := p.reserve
	p.reserve = func(c cart, before effect) (effect, error) {
		if d.strikes(EarlyCompensation, c.lotKey()) {
			at := after(before)
			err := d.behind(EarlyCompensation, c, purchase.Compensate, at, `UPDATE products SET stock = stock + ?2 WHERE product_id = ?1`)
			if err != nil {
				return effect{}, err
			}
			before.At = at
		}
		return honest(c, before)
	}
	return p
}

func (d *defects) hangingStep(p participants) participants {
	honest := p.release
	p.release = func(c cart, before effect) (effect, error) {
		e, err := honest(c, before)
		if err == nil && e.Refused == "" && d.strikes(HangingStep, c.lotKey()) {
			err = d.behind(HangingStep, c, purchase.Do, e.At+1, reserveAgain)
		}
		return e, err
	}
	return p
}

func (d *defects) doubleStep(p participants) participants {
	honest := p.reserve
	p.reserve = func(c cart, before effect) (effect, error) {
		e, err := honest(c, before)
		if err == nil && e.Refused == "" && d.strikes(DoubleStep, c.lotKey()) {
			err = d.behind(DoubleStep, c, purchase.Do, e.At+1, reserveAgain)
		}
		return e, err
	}
	return p
}

const reserveAgain = `UPDATE products SET stock = stock - ?2, reserved = reserved + ?2 WHERE product_id = ?1 AND stock >= ?2`

// behind changes the stock behind the barrier's back, once for an order, and lets
// the order's trace show it.
func (d *defects) behind(name Defect, c cart, action string, at int64, change string) error {
	if d.noted(name, c.OrderID) {
		return nil
	}
	changed, err := d.inStock(change, c)
	if err != nil || !changed {
		return err
	}
	d.effect(c.OrderID, purchase.ReserveStock, action, at)
	d.note(name, c.OrderID)
	return nil
}

// inStock runs a statement with a cart's product and quantity, and reports
// whether it changed something.
func (d *defects) inStock(statement string, c cart) (changed bool, err error) {
	err = d.shop.stock.atomically(func(t tx) error {
		n, err := t.exec(statement, c.ProductID, c.Quantity)
		changed = n > 0
		return err
	})
	return changed, err
}
