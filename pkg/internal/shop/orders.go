package shop

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
CREATE TABLE scene ( -- at most one row: the scene that is being set, see scene.go
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	scene TEXT NOT NULL
) STRICT;` + effectsSchema

// orders is the participant that holds the orders and owns their status.
type orders struct{ *store }

const orderColumns = `o.seq, o.order_id, coalesce(o.idempotency_key, ''), o.user_id, o.product_id, o.quantity,
	o.payment_method_id, o.status, o.reason, o.created_at, o.updated_at`

// scanOrder reads a row of orderColumns, and further columns into more; the trace
// and the amount are not in it.
func scanOrder(scan func(...any) error, more ...any) (seq int64, o purchase.Order, err error) {
	var created, updated int64
	err = scan(append([]any{&seq, &o.OrderID, &o.IdempotencyKey, &o.UserID, &o.ProductID, &o.Quantity,
		&o.PaymentMethodID, &o.Status, &o.Reason, &created, &updated}, more...)...)
	o.IdempotencyKey = unescaped(o.IdempotencyKey)
	o.CreatedAt, o.UpdatedAt = moment(created), moment(updated)
	return seq, o, err
}

// withEffects reads orders with the effects that this store knows of in one
// statement, so that both are of one moment: one row an effect, and one for an
// order without any.
const withEffects = `SELECT ` + orderColumns + `, coalesce(e.step, ''), coalesce(e.action, ''), coalesce(e.amount, 0), coalesce(e.at, 0)
	FROM (%s) o LEFT JOIN effects e ON e.order_id = o.order_id AND ` + tookEffect + ` ORDER BY o.seq`

var (
	oneWithEffects  = fmt.Sprintf(withEffects, `SELECT * FROM orders WHERE order_id = ?1`)
	pageWithEffects = fmt.Sprintf(withEffects, `SELECT * FROM orders WHERE seq > ?1 ORDER BY seq LIMIT ?2`)
)

func (tr trace) scanOrder(scan func(...any) error) (seq int64, o purchase.Order, err error) {
	var e traced
	seq, o, err = scanOrder(scan, &e.step, &e.action, &e.amount, &e.at)
	tr.put(o.OrderID, e)
	return seq, o, err
}

// create stores a pending order, unless its key has an order already: then that
// one is returned and nothing happens.
func (s *orders) create(id string, r purchase.Request, by standing) (o purchase.Order, created bool, err error) {
	var gate gate
	about := id
	if r.IdempotencyKey != "" {
		about = "key " + r.IdempotencyKey
	}
	err = s.write(about, func() (ahead []query) {
		created, gate = false, openGate(by)
		if r.IdempotencyKey != "" {
			ahead = append(ahead, query{`SELECT ` + orderColumns + ` FROM orders o WHERE idempotency_key = ?1`,
				[]any{escaped(r.IdempotencyKey)}, func(scan func(...any) error) (err error) {
					gate.known = true
					_, o, err = scanOrder(scan)
					return err
				}})
		}
		if by.shared() {
			ahead = append(ahead, gate.query())
		}
		return ahead
	}, func(t tx) error {
		if gate.known || gate.closed() != nil {
			return nil
		}
		now := time.Now().UnixNano()
		created = true
		o = purchase.Order{
			OrderID: id, IdempotencyKey: r.IdempotencyKey, UserID: r.UserID, ProductID: r.ProductID,
			Quantity: r.Quantity, PaymentMethodID: r.PaymentMethodID, Status: purchase.Pending,
			CreatedAt: moment(now), UpdatedAt: moment(now),
		}
		args := []any{id, escaped(r.IdempotencyKey), r.UserID, r.ProductID, r.Quantity, r.PaymentMethodID, now}
		if by.shared() {
			return t.later(insertOwned, append(args, by.process)...)
		}
		return t.later(insertOrder, args...)
	})
	if err == nil && !gate.known {
		err = gate.closed()
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

// Texts of PostgreSQL have no NUL, keys may. The character that stands in for it is
// one that no text is to contain (Unicode, noncharacters).
var (
	toText   = strings.NewReplacer("\x00", "\uFFFE0", "\uFFFE", "\uFFFE1")
	fromText = strings.NewReplacer("\uFFFE0", "\x00", "\uFFFE1", "\uFFFE")
)

func escaped(key string) string    { return toText.Replace(key) }
func unescaped(text string) string { return fromText.Replace(text) }

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

// unfinished lists at most limit orders that are in no terminal status, on a
// shared database those of one process.
func (s *orders) unfinished(limit int, of standing) ([]purchase.Order, error) {
	text, args := unfinishedOrders, []any{limit}
	if of.shared() {
		text, args = unfinishedOwned, append(args, of.process)
	}
	var list []purchase.Order
	err := s.reading(func(t tx) error {
		return t.each(text, func(scan func(...any) error) error {
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

// ended tells which of some orders are in a terminal status, or gone.
func (s *orders) ended(ids []string) (map[string]bool, error) {
	ended := map[string]bool{}
	for _, id := range ids {
		ended[id] = true
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	err = s.reading(func(t tx) error {
		return t.each(`SELECT order_id FROM orders WHERE `+isUnfinished+` AND order_id `+s.anyOf("?1"), func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			delete(ended, id)
			return err
		}, string(list))
	})
	return ended, err
}

// page reads at most limit orders after a cursor, by creation, with the effects
// that this store knows of.
func (s *orders) page(after int64, limit int) (page purchase.Orders, known trace, err error) {
	page.Orders, known = []purchase.Order{}, trace{}
	err = s.reading(func(t tx) error {
		var last int64
		return t.each(pageWithEffects, func(scan func(...any) error) error {
			seq, o, err := known.scanOrder(scan)
			switch {
			case err != nil || page.Next != "" || seq == last: // a row of an order that is known
			case len(page.Orders) == limit:
				page.Next = strconv.FormatInt(last, 10)
			default:
				last = seq
				page.Orders = append(page.Orders, o)
			}
			return err
		}, after, limit+1)
	})
	return page, known, err
}

// order reads one order with the effects that this store knows of.
func (s *orders) order(id string) (o purchase.Order, known trace, found bool, err error) {
	known = trace{}
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) { // no order of ours, and no text of PostgreSQL's
		return o, known, false, nil
	}
	err = s.reading(func(t tx) error {
		return t.each(oneWithEffects, func(scan func(...any) error) (err error) {
			found = true
			_, o, err = known.scanOrder(scan)
			return err
		}, id)
	})
	return o, known, found, err
}
