package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
CREATE TABLE scene ( -- at most one row: the fixture that is being set, see fixture_sqlite.go
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	scene TEXT NOT NULL
) STRICT;` + effectsSchema

// Orders is the participant that holds the orders and owns their status.
type Orders struct{ *Database }

const orderColumns = `o.seq, o.order_id, coalesce(o.idempotency_key, ''), o.user_id, o.product_id, o.quantity,
	o.payment_method_id, o.status, o.reason, o.created_at, o.updated_at`

// scanOrder reads a row of orderColumns, and further columns into more; the trace
// and the amount are not in it.
func scanOrder(scan func(...any) error, more ...any) (seq int64, o purchase.Order, err error) {
	var created, updated int64
	err = scan(append([]any{&seq, &o.OrderID, &o.IdempotencyKey, (*int64)(&o.UserID), (*int64)(&o.ProductID), &o.Quantity,
		(*int64)(&o.PaymentMethodID), &o.Status, &o.Reason, &created, &updated}, more...)...)
	o.IdempotencyKey = unescaped(o.IdempotencyKey)
	o.CreatedAt, o.UpdatedAt = timeOf(created), timeOf(updated)
	return seq, o, err
}

// withEffects reads orders with the effects that their database records in one
// statement, so that both are of one time: one row an effect, and one for an
// order without any.
const withEffects = `SELECT ` + orderColumns + `, coalesce(e.step, ''), coalesce(e.action, ''), coalesce(e.amount, 0), coalesce(e.at, 0)
	FROM (%s) o LEFT JOIN effects e ON e.order_id = o.order_id AND ` + tookEffect + ` ORDER BY o.seq`

var (
	oneWithEffects  = fmt.Sprintf(withEffects, `SELECT * FROM orders WHERE order_id = ?1`)
	pageWithEffects = fmt.Sprintf(withEffects, `SELECT * FROM orders WHERE seq > ?1 ORDER BY seq LIMIT ?2`)
)

func (tr Trace) scanOrder(scan func(...any) error) (seq int64, o purchase.Order, err error) {
	var e tracedEffect
	seq, o, err = scanOrder(scan, &e.step, &e.action, &e.amount, &e.at)
	tr.put(o.OrderID, e)
	return seq, o, err
}

// Create stores a pending order, unless its key has an order already: then Create
// returns that one and changes nothing. It refuses a token that is out of date.
func (or *Orders) Create(id string, r purchase.Request, token LeaseToken) (o purchase.Order, created bool, err error) {
	var fence fence
	subject := id
	if r.IdempotencyKey != "" {
		subject = "key " + r.IdempotencyKey
	}
	err = or.write(subject, func() (ahead []query) {
		created, fence = false, newFence(token)
		if r.IdempotencyKey != "" {
			ahead = append(ahead, query{`SELECT ` + orderColumns + ` FROM orders o WHERE idempotency_key = ?1`,
				[]any{escaped(r.IdempotencyKey)}, func(scan func(...any) error) (err error) {
					fence.keyExists = true
					_, o, err = scanOrder(scan)
					return err
				}})
		}
		if token.shared() {
			ahead = append(ahead, fence.query())
		}
		return ahead
	}, func(t Tx) error {
		if fence.keyExists || fence.check() != nil {
			return nil
		}
		now := time.Now().UnixNano()
		created = true
		o = purchase.Order{
			OrderID: id, IdempotencyKey: r.IdempotencyKey, UserID: r.UserID, ProductID: r.ProductID,
			Quantity: r.Quantity, PaymentMethodID: r.PaymentMethodID, Status: purchase.Pending,
			CreatedAt: timeOf(now), UpdatedAt: timeOf(now),
		}
		args := []any{id, escaped(r.IdempotencyKey), int64(r.UserID), int64(r.ProductID), r.Quantity, int64(r.PaymentMethodID), now}
		if token.shared() {
			return t.Queue(insertOwned, append(args, token.Process)...)
		}
		return t.Queue(insertOrder, args...)
	})
	if err == nil && !fence.keyExists {
		err = fence.check()
	}
	return o, created && err == nil, err
}

const (
	insertOrder = `INSERT INTO orders (order_id, idempotency_key, user_id, product_id, quantity,
		payment_method_id, status, reason, created_at, updated_at)
		VALUES (?1, nullif(?2, ''), ?3, ?4, ?5, ?6, 'PENDING', '', ?7, ?7)`
	insertOwned = `INSERT INTO orders (order_id, idempotency_key, user_id, product_id, quantity,
		payment_method_id, status, reason, created_at, updated_at, owner)
		VALUES (?1, nullif(?2, ''), ?3, ?4, ?5, ?6, 'PENDING', '', ?7, ?7, ?8)`
)

// Texts of PostgreSQL cannot contain NUL, keys can. It is escaped by a character that
// Unicode reserves for such use (noncharacters).
var (
	toText   = strings.NewReplacer("\x00", "\uFFFE0", "\uFFFE", "\uFFFE1")
	fromText = strings.NewReplacer("\uFFFE0", "\x00", "\uFFFE1", "\uFFFE")
)

func escaped(key string) string    { return toText.Replace(key) }
func unescaped(text string) string { return fromText.Replace(text) }

// Confirm confirms the order, the saga's last step.
func (or *Orders) Confirm(c Cart, before Effect) (Effect, error) {
	return or.WithBarrier(purchase.ConfirmOrder, c, before, func(b *Barrier) (Effect, error) {
		return b.do(before.Amount, func() (int64, purchase.Code, error) {
			return before.Amount, "", b.changeStatus(purchase.Pending, purchase.Confirmed, "")
		})
	})
}

// BeginCompensation marks the order as COMPENSATING for the reason in refused.
func (or *Orders) BeginCompensation(c Cart, refused Effect) (Effect, error) {
	return or.WithBarrier(purchase.ConfirmOrder, c, refused, func(b *Barrier) (Effect, error) {
		return Effect{At: b.at}, b.changeStatus(purchase.Pending, purchase.Compensating, refused.Refused)
	})
}

// Cancel marks the order as CANCELLED at the end of the compensation.
func (or *Orders) Cancel(c Cart, before Effect) (Effect, error) {
	return or.WithBarrier(purchase.ConfirmOrder, c, before, func(b *Barrier) (Effect, error) {
		return Effect{At: b.at}, b.changeStatus(purchase.Compensating, purchase.Cancelled, "")
	})
}

// changeStatus changes the order's status. A change that was made before is no error;
// any other status than from is one.
func (b *Barrier) changeStatus(from, to purchase.Status, reason purchase.Code) error {
	n, err := b.Exec(`UPDATE orders SET status = ?3, reason = CASE ?4 WHEN '' THEN reason ELSE ?4 END, updated_at = ?5
		WHERE order_id = ?1 AND status = ?2`, b.cart.OrderID, string(from), string(to), string(reason), b.at)
	if err != nil || n == 1 {
		return err
	}
	var is purchase.Status
	found, err := b.QueryFirst(`SELECT status FROM orders WHERE order_id = ?1`, []any{b.cart.OrderID}, &is)
	if err != nil || is == to || (to == purchase.Compensating && is == purchase.Cancelled) {
		return err
	}
	if !found {
		return fmt.Errorf("order %s is gone and cannot become %s", b.cart.OrderID, to)
	}
	return fmt.Errorf("order %s is %s and cannot become %s", b.cart.OrderID, is, to)
}

// Unfinished lists at most limit orders that are in no terminal status, on a shared
// database those that the token's process owns.
func (or *Orders) Unfinished(limit int, token LeaseToken) ([]purchase.Order, error) {
	text, args := unfinishedOrders, []any{limit}
	if token.shared() {
		text, args = unfinishedOwned, append(args, token.Process)
	}
	var list []purchase.Order
	err := or.Read(func(t Tx) error {
		return t.QueryEach(text, func(scan func(...any) error) error {
			_, o, err := scanOrder(scan)
			list = append(list, o)
			return err
		}, args...)
	})
	return list, err
}

const (
	isUnfinished     = `status IN ('PENDING', 'COMPENSATING')`
	unfinishedOrders = `SELECT ` + orderColumns + ` FROM orders o WHERE ` + isUnfinished + ` ORDER BY seq LIMIT ?1`
	unfinishedOwned  = `SELECT ` + orderColumns + ` FROM orders o WHERE ` + isUnfinished + ` AND owner = ?2 ORDER BY seq LIMIT ?1`
)

// Ended returns which of some orders are in a terminal status, or do not exist.
func (or *Orders) Ended(ids []string) (map[string]bool, error) {
	ended := map[string]bool{}
	for _, id := range ids {
		ended[id] = true
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	err = or.Read(func(t Tx) error {
		return t.QueryEach(`SELECT order_id FROM orders WHERE `+isUnfinished+` AND order_id `+or.anyOf("?1"), func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			delete(ended, id)
			return err
		}, string(list))
	})
	return ended, err
}

// Page reads at most limit orders after a cursor, by creation, with the effects that
// the orders' database records.
func (or *Orders) Page(after int64, limit int) (page purchase.Orders, effects Trace, err error) {
	page.Orders, effects = []purchase.Order{}, Trace{}
	err = or.Read(func(t Tx) error {
		var last int64
		return t.QueryEach(pageWithEffects, func(scan func(...any) error) error {
			seq, o, err := effects.scanOrder(scan)
			switch {
			case err != nil || page.Next != "" || seq == last: // a row of an order that is in the page
			case len(page.Orders) == limit:
				page.Next = strconv.FormatInt(last, 10)
			default:
				last = seq
				page.Orders = append(page.Orders, o)
			}
			return err
		}, after, limit+1)
	})
	return page, effects, err
}

// HasKey reports whether a key has an order.
func (or *Orders) HasKey(key string) (found bool, err error) {
	err = or.Read(func(t Tx) error {
		var id string
		found, err = t.QueryFirst(`SELECT order_id FROM orders WHERE idempotency_key = ?1`, []any{escaped(key)}, &id)
		return err
	})
	return found, err
}

// Find reads one order with the effects that the orders' database records.
func (or *Orders) Find(id string) (o purchase.Order, effects Trace, found bool, err error) {
	effects = Trace{}
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) { // neither an id of this service nor a text of PostgreSQL
		return o, effects, false, nil
	}
	err = or.Read(func(t Tx) error {
		return t.QueryEach(oneWithEffects, func(scan func(...any) error) (err error) {
			found = true
			_, o, err = effects.scanOrder(scan)
			return err
		}, id)
	})
	return o, effects, found, err
}
