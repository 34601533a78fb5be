package store

import (
	"sagalab/pkg/purchase"
)

const stockSchema = `
CREATE TABLE products (
	product_id INTEGER PRIMARY KEY,
	price      INTEGER NOT NULL CHECK (price >= 1),
	stock      INTEGER NOT NULL CHECK (stock >= 0),    -- can still be reserved
	reserved   INTEGER NOT NULL CHECK (reserved >= 0)  -- held by purchases under way
) STRICT;` + effectsSchema

// Stock is the participant that holds the products, their stock and their prices.
type Stock struct{ *Database }

// Sold is an action beside do and compensate that makes a reservation a sale. It is no
// step of the contract, so it is in no order's trace.
const Sold = "sell"

// Reserve reserves the quantity. The stock is compared before anything is
// multiplied: a fixture's price × stock fits into an int64, so the amount of a reservation does.
func (s *Stock) Reserve(c Cart, before Effect) (Effect, error) {
	e, err := s.WithBarrier(purchase.ReserveStock, c, before, func(b *Barrier) (Effect, error) {
		return b.do(0, func() (int64, purchase.Code, error) {
			var price int64
			enough, err := b.QueryFirst(`UPDATE products SET stock = stock - ?2, reserved = reserved + ?2
				WHERE product_id = ?1 AND stock >= ?2 RETURNING price`, []any{c.ProductID, c.Quantity}, &price)
			if err != nil || !enough {
				return 0, purchase.OutOfStock, err
			}
			return price * c.Quantity, "", nil
		})
	})
	return contractCode(e), err
}

// Release gives the reservation back.
func (s *Stock) Release(c Cart, before Effect) (Effect, error) {
	return s.WithBarrier(purchase.ReserveStock, c, before, func(b *Barrier) (Effect, error) {
		return b.compensate(func(Effect) error {
			return b.Queue(`UPDATE products SET stock = stock + ?2, reserved = reserved - ?2
				WHERE product_id = ?1`, c.ProductID, c.Quantity)
		})
	})
}

// Sell consumes the reservation. Without one it refuses with out_of_stock.
func (s *Stock) Sell(c Cart, before Effect) (Effect, error) {
	return s.WithBarrier(purchase.ReserveStock, c, before, func(b *Barrier) (Effect, error) {
		if e, done := b.Past[Sold]; done {
			return e, nil
		}
		reserved, ok := b.Past[purchase.Do]
		if _, released := b.Past[purchase.Compensate]; !ok || released || reserved.Refused != "" {
			return b.record(Sold, Effect{Refused: purchase.OutOfStock})
		}
		if err := b.Queue(`UPDATE products SET reserved = reserved - ?2 WHERE product_id = ?1`,
			c.ProductID, c.Quantity); err != nil {
			return Effect{}, err
		}
		return b.record(Sold, Effect{Amount: reserved.Amount})
	})
}

// contractCode gives a reservation that came after its release a code of the
// contract.
func contractCode(e Effect) Effect {
	if e.Refused == void {
		e.Refused = purchase.OutOfStock
	}
	return e
}

// Product reads one product.
func (s *Stock) Product(id int64) (p purchase.Product, found bool, err error) {
	err = s.Read(func(t Tx) error {
		found, err = t.QueryFirst(`SELECT product_id, price, stock, reserved FROM products WHERE product_id = ?1`,
			[]any{id}, (*int64)(&p.ProductID), &p.Price, &p.Stock, &p.Reserved)
		return err
	})
	return p, found, err
}

// Reset replaces all products and effects by the products of a fixture.
func (s *Stock) Reset(products []purchase.FixtureProduct) error {
	return s.Atomically(func(t Tx) error { return s.fill(t, products) })
}

// ResetTo is Reset on a shared database: it has an effect once for an epoch.
func (s *Stock) ResetTo(epoch int64, products []purchase.FixtureProduct) error {
	return s.Atomically(func(t Tx) error {
		n, err := t.Exec(advanceEpoch, epoch)
		if err != nil || n == 0 {
			return err
		}
		return s.fill(t, products)
	})
}

func (s *Stock) fill(t Tx, products []purchase.FixtureProduct) error {
	if err := t.ExecScript(s.emptied("effects", "products")); err != nil {
		return err
	}
	for _, p := range products {
		if err := t.Queue(`INSERT INTO products (product_id, price, stock, reserved) VALUES (?1, ?2, ?3, 0)`,
			int64(p.ProductID), p.Price, p.Stock); err != nil {
			return err
		}
	}
	return nil
}
