package shop

import (
	"fmt"
	"strconv"
	"time"

	"sagalab/pkg/purchase"
)

const ordersSchema = `
CREATE TABLE orders (
	seq               INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of creation, never used twice
	order_id          TEXT NOT NULL UNIQUE,
	idempotency_key   TEXT UNIQUE, -- NULL without a key
	user_id           INTEGER NOT NULL,
	product_id        INTEGER NOT NULL,
	quantity          INTEGER NOT NULL,
	payment_method_id INTEGER NOT NULL,
	status            TEXT NOT NULL,
	reason            TEXT NOT NULL,
	created_at        INTEGER NOT NULL,
	updated_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX unfinished ON orders (seq) WHERE status IN ('PENDING', 'COMPENSATING');
CREATE TABLE scene ( -- at most one row: the scene that is being set, see scene.go
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	scene TEXT NOT NULL
) STRICT;` + effectsSchema

// orders is the participant that holds the orders and owns their status.
type orders struct{ *store }

const orderColumns = `seq, order_id, coalesce(idempotency_key, ''), user_id, product_id, quantity,
	payment_method_id, status, reason, created_at, updated_at`

// scanOrder reads a row of orderColumns; the trace and the amount are not in it.
func scanOrder(scan func(...any) error) (seq int64, o purchase.Order, err error) {
	var created, updated int64
	err = scan(&seq, &o.OrderID, &o.IdempotencyKey, &o.UserID, &o.ProductID, &o.Quantity,
		&o.PaymentMethodID, &o.Status, &o.Reason, &created, &updated)
	o.CreatedAt, o.UpdatedAt = moment(created), moment(updated)
	return seq, o, err
}

// create stores a pending order, unless its key has an order already: then that
// one is returned and nothing happens.
func (s *orders) create(id string, r purchase.Request) (o purchase.Order, created bool, err error) {
	err = s.atomically(func(t tx) error {
		if r.IdempotencyKey != "" {
			found := false
			err := t.each(`SELECT `+orderColumns+` FROM orders WHERE idempotency_key = ?1`,
				func(scan func(...any) error) (err error) {
					found = true
					_, o, err = scanOrder(scan)
					return err
				}, r.IdempotencyKey)
			if err != nil || found {
				return err
			}
		}
		now := time.Now().UnixNano()
		created = true
		o = purchase.Order{
			OrderID: id, IdempotencyKey: r.IdempotencyKey, UserID: r.UserID, ProductID: r.ProductID,
			Quantity: r.Quantity, PaymentMethodID: r.PaymentMethodID, Status: purchase.Pending,
			CreatedAt: moment(now), UpdatedAt: moment(now),
		}
		_, err := t.exec(`INSERT INTO orders (order_id, idempotency_key, user_id, product_id, quantity,
			payment_method_id, status, reason, created_at, updated_at)
			VALUES (?1, nullif(?2, ''), ?3, ?4, ?5, ?6, 'PENDING', '', ?7, ?7)`,
			id, r.IdempotencyKey, r.UserID, r.ProductID, r.Quantity, r.PaymentMethodID, now)
		return err
	})
	return o, created && err == nil, err
}

// confirm is the saga's last step.
func (s *orders) confirm(c cart, before effect) (effect, error) {
	return s.guarded(purchase.ConfirmOrder, c, before, func(b *barrier) (effect, error) {
		return b.do(before.Amount, func() (int64, purchase.Code, error) {
			return before.Amount, "", b.move(purchase.Pending, purchase.Confirmed, "")
		})
	})
}

// compensating marks the order as being taken back for the reason in refused.
func (s *orders) compensating(c cart, refused effect) (effect, error) {
	return s.guarded(purchase.ConfirmOrder, c, refused, func(b *barrier) (effect, error) {
		return effect{At: b.at}, b.move(purchase.Pending, purchase.Compensating, refused.Refused)
	})
}

// cancel ends the compensation.
func (s *orders) cancel(c cart, before effect) (effect, error) {
	return s.guarded(purchase.ConfirmOrder, c, before, func(b *barrier) (effect, error) {
		return effect{At: b.at}, b.move(purchase.Compensating, purchase.Cancelled, "")
	})
}

// move changes the order's status along one edge. Having moved before is fine;
// any other status is a fault that must not be papered over.
func (b *barrier) move(from, to purchase.Status, reason purchase.Code) error {
	n, err := b.exec(`UPDATE orders SET status = ?3, reason = CASE ?4 WHEN '' THEN reason ELSE ?4 END, updated_at = ?5
		WHERE order_id = ?1 AND status = ?2`, b.cart.OrderID, string(from), string(to), string(reason), b.at)
	if err != nil || n == 1 {
		return err
	}
	var is purchase.Status
	found, err := b.one(`SELECT status FROM orders WHERE order_id = ?1`, []any{b.cart.OrderID}, &is)
	if err != nil || is == to || (to == purchase.Compensating && is == purchase.Cancelled) {
		return err
	}
	if !found {
		return fmt.Errorf("order %s is gone and cannot become %s", b.cart.OrderID, to)
	}
	return fmt.Errorf("order %s is %s and cannot become %s", b.cart.OrderID, is, to)
}

// unfinished lists at most limit orders that are in no terminal status.
func (s *orders) unfinished(limit int) ([]purchase.Order, error) {
	var list []purchase.Order
	err := s.reading(func(t tx) error {
		return t.each(`SELECT `+orderColumns+` FROM orders WHERE status IN ('PENDING', 'COMPENSATING')
			ORDER BY seq LIMIT ?1`, func(scan func(...any) error) error {
			_, o, err := scanOrder(scan)
			list = append(list, o)
			return err
		}, limit)
	})
	return list, err
}

// page reads at most limit orders after a cursor, by creation, with the effects
// that this store knows of.
func (s *orders) page(after int64, limit int) (page purchase.Orders, known trace, err error) {
	page.Orders, known = []purchase.Order{}, trace{}
	err = s.reading(func(t tx) error {
		var last int64
		err := t.each(`SELECT `+orderColumns+` FROM orders WHERE seq > ?1 ORDER BY seq LIMIT ?2`,
			func(scan func(...any) error) error {
				seq, o, err := scanOrder(scan)
				if len(page.Orders) == limit {
					page.Next = strconv.FormatInt(last, 10)
					return err
				}
				last = seq
				page.Orders = append(page.Orders, o)
				return err
			}, after, limit+1)
		if err != nil {
			return err
		}
		return known.readAll(t, page.Orders)
	})
	return page, known, err
}

// order reads one order with the effects that this store knows of.
func (s *orders) order(id string) (o purchase.Order, known trace, found bool, err error) {
	known = trace{}
	err = s.reading(func(t tx) error {
		err := t.each(`SELECT `+orderColumns+` FROM orders WHERE order_id = ?1`,
			func(scan func(...any) error) (err error) {
				found = true
				_, o, err = scanOrder(scan)
				return err
			}, id)
		if err != nil || !found {
			return err
		}
		return known.read(t, id)
	})
	return o, known, found, err
}
