package shop

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

// stock is the participant that holds the goods. It also knows the prices.
type stock struct{ *store }

// sell is the stock's own action beside do and compensate: a reservation becomes
// a sale. It is no step of the contract, so it is in no order's trace.
const sell = "sell"

// reserve sets the goods aside. The stock is compared before anything is
// multiplied: a scene's price × stock fits, so the amount of a reservation does.
func (s *stock) reserve(c cart, before effect) (effect, error) {
	e, err := s.guarded(purchase.ReserveStock, c, before, func(b *barrier) (effect, error) {
		return b.do(0, func() (int64, purchase.Code, error) {
			var price int64
			enough, err := b.one(`UPDATE products SET stock = stock - ?2, reserved = reserved + ?2
				WHERE product_id = ?1 AND stock >= ?2 RETURNING price`, []any{c.ProductID, c.Quantity}, &price)
			if err != nil || !enough {
				return 0, purchase.OutOfStock, err
			}
			return price * c.Quantity, "", nil
		})
	})
	return withdrawn(e), err
}

// release gives the reservation back.
func (s *stock) release(c cart, before effect) (effect, error) {
	return s.guarded(purchase.ReserveStock, c, before, func(b *barrier) (effect, error) {
		return b.compensate(func(effect) error {
			return b.later(`UPDATE products SET stock = stock + ?2, reserved = reserved - ?2
				WHERE product_id = ?1`, c.ProductID, c.Quantity)
		})
	})
}

// sell consumes the reservation. Without one it refuses: the goods are gone.
func (s *stock) sell(c cart, before effect) (effect, error) {
	return s.guarded(purchase.ReserveStock, c, before, func(b *barrier) (effect, error) {
		if e, done := b.past[sell]; done {
			return e, nil
		}
		reserved, ok := b.past[purchase.Do]
		if _, released := b.past[purchase.Compensate]; !ok || released || reserved.Refused != "" {
			return b.record(sell, effect{Refused: purchase.OutOfStock})
		}
		if err := b.later(`UPDATE products SET reserved = reserved - ?2 WHERE product_id = ?1`,
			c.ProductID, c.Quantity); err != nil {
			return effect{}, err
		}
		return b.record(sell, effect{Amount: reserved.Amount})
	})
}

// withdrawn gives a reservation that came after its release a code of the
// contract.
func withdrawn(e effect) effect {
	if e.Refused == void {
		e.Refused = purchase.OutOfStock
	}
	return e
}

// product reads one product.
func (s *stock) product(id int64) (p purchase.Product, found bool, err error) {
	err = s.reading(func(t tx) error {
		found, err = t.one(`SELECT product_id, price, stock, reserved FROM products WHERE product_id = ?1`,
			[]any{id}, &p.ProductID, &p.Price, &p.Stock, &p.Reserved)
		return err
	})
	return p, found, err
}

// reset replaces everything by the products of a scene.
func (s *stock) reset(products []purchase.SceneProduct) error {
	return s.atomically(func(t tx) error { return s.fill(t, products) })
}

// resetTo is reset on a shared database: once, whoever asks and how often.
func (s *stock) resetTo(epoch int64, products []purchase.SceneProduct) error {
	return s.atomically(func(t tx) error {
		n, err := t.exec(once, epoch)
		if err != nil || n == 0 {
			return err
		}
		return s.fill(t, products)
	})
}

func (s *stock) fill(t tx, products []purchase.SceneProduct) error {
	if err := t.script(s.emptied("effects", "products")); err != nil {
		return err
	}
	for _, p := range products {
		if err := t.later(`INSERT INTO products (product_id, price, stock, reserved) VALUES (?1, ?2, ?3, 0)`,
			p.ProductID, p.Price, p.Stock); err != nil {
			return err
		}
	}
	return nil
}

// ids lists what can be bought.
func (s *stock) ids() (map[int64]bool, error) {
	return ids(s.store, `SELECT product_id FROM products`)
}

func ids(s *store, query string) (map[int64]bool, error) {
	known := map[int64]bool{}
	err := s.reading(func(t tx) error {
		return t.each(query, func(scan func(...any) error) error {
			var id int64
			if err := scan(&id); err != nil {
				return err
			}
			known[id] = true
			return nil
		})
	})
	return known, err
}
