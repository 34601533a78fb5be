package adapters

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
)

// orderRow says where the members of an order stand in what the service shows of it.
type orderRow struct {
	id, status, key, user, product, quantity, method, amount, reason, created, updated value

	statuses map[string]purchase.Status // nil: the names of the contract
	except   []condition
}

// fields adds the members that describe an order.
func (o *orderRow) fields(s scope, known map[string]func(node)) map[string]func(node) {
	for name, v := range map[string]*value{
		"id": &o.id, "status": &o.status, "key": &o.key, "user": &o.user, "product": &o.product, "quantity": &o.quantity,
		"method": &o.method, "amount": &o.amount, "reason": &o.reason, "created": &o.created, "updated": &o.updated,
	} {
		known[name] = func(n node) { *v = n.readValue(s) }
	}
	known["except"] = func(n node) { o.except = n.readConditions(s) }
	known["map"] = func(n node) {
		o.statuses = readMap(n, "CONFIRMED, CANCELLED, PENDING or COMPENSATING", statusOf)
	}
	return known
}

// readMap reads a mapping of the service's words to ours.
func readMap[T any](n node, want string, parse func(string) (T, bool)) map[string]T {
	words := map[string]T{}
	for _, e := range n.entries() {
		text, ok := e.node.text()
		if !ok {
			continue
		}
		word, known := parse(text)
		if !known {
			e.node.fault("%q is unknown, want %s", clip(text), want)
		}
		words[e.name] = word
	}
	return words
}

// check reports what is missing.
func (o *orderRow) check(n node) {
	if !n.isMapping() {
		return
	}
	if !o.id.set {
		n.fault("has no id: that says where the id of an order stands, such as id: id")
	}
	if !o.status.set {
		n.fault("has no status: that says where the status of an order stands, such as status: state")
	}
}

// excepted reports whether all conditions of a part except hold of a row.
func excepted(except []condition, row gjson.Result, in *inputs) bool {
	for i := range except {
		if !except[i].holds(row, in) {
			return false
		}
	}
	return len(except) > 0
}

// read returns the order that a row is.
func (o *orderRow) read(row gjson.Result, in *inputs) (order purchase.Order, err error) {
	r := reader{row: answer{json: row, kind: jsonBody}, in: in}
	order.OrderID = r.text("id", &o.id)
	if r.err == nil && order.OrderID == "" {
		r.err = errors.New("id: an order has none")
	}
	order.Status = r.status(o)
	order.IdempotencyKey = r.text("key", &o.key)
	order.UserID, order.ProductID = idOf(r.text("user", &o.user)), idOf(r.text("product", &o.product))
	order.PaymentMethodID = idOf(r.text("method", &o.method))
	order.Quantity, order.Amount = r.number("quantity", &o.quantity), r.number("amount", &o.amount)
	order.Reason = purchase.Code(r.text("reason", &o.reason))
	order.CreatedAt, order.UpdatedAt = r.time("created", &o.created), r.time("updated", &o.updated)
	if r.err != nil {
		return order, fmt.Errorf("%w in %s", r.err, clip(row.Raw))
	}
	return order, nil
}

// reader reads the members of a row until one is wrong.
type reader struct {
	row answer
	in  *inputs
	err error
}

// text returns a member as a text, "" for one that is missing, null or not in the file.
func (r *reader) text(name string, v *value) string {
	if !v.set || r.err != nil {
		return ""
	}
	text, err := v.text(&r.row, r.in)
	if err != nil {
		r.err = fmt.Errorf("%s: %w", name, err)
	}
	return strings.Clone(text)
}

// number returns a member as an integer, 0 for one that is missing, null or not in the file.
func (r *reader) number(name string, v *value) int64 {
	if !v.set || r.err != nil {
		return 0
	}
	n, err := v.number(&r.row, r.in)
	if err != nil && !errors.Is(err, errNone) {
		r.err = fmt.Errorf("%s: %w", name, err)
	}
	return n
}

// time returns a member as a time: RFC 3339, or seconds or milliseconds since 1970.
func (r *reader) time(name string, v *value) time.Time {
	text := r.text(name, v)
	if text == "" || r.err != nil {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(seconds) < 1e15) {
		r.err = fmt.Errorf("%s: %q is no time of RFC 3339, nor seconds or milliseconds since 1970", name, clip(text))
		return time.Time{}
	}
	if math.Abs(seconds) > 1e11 {
		return time.UnixMilli(int64(seconds)).UTC()
	}
	return time.UnixMicro(int64(seconds * 1e6)).UTC()
}

// status returns the status of an order.
func (r *reader) status(o *orderRow) purchase.Status {
	text := r.text("status", &o.status)
	if r.err != nil {
		return ""
	}
	if o.statuses == nil {
		s, known := statusOf(text)
		if !known {
			r.err = fmt.Errorf("status: %q is no status of the contract: add a map: with it, %s", clip(text), o.mapping(text))
		}
		return s
	}
	s, known := o.statuses[text]
	if !known {
		r.err = fmt.Errorf("status: %q is not in map: add it, %s", clip(text), o.mapping(text))
	}
	return s
}

// mapping proposes what becomes of a status that is not in the map.
func (o *orderRow) mapping(text string) string {
	p := fmt.Sprintf("map: {%s: …} with CONFIRMED, CANCELLED, PENDING or COMPENSATING", mapKey(text))
	if len(o.status.path.segments) == 0 && o.status.path.end != "" {
		p += fmt.Sprintf(", or leave such orders out, which are no purchases: except: {%s: %s}", clip(o.status.path.end), mapKey(text))
	}
	return p
}

// mapKey returns a text as the key of a mapping in YAML.
func mapKey(text string) string {
	if text != "" && unreserved([]byte(text)) {
		return text
	}
	return strconv.Quote(clip(text))
}
