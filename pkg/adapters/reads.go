package adapters

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
)

// ordersRead is how all orders are read.
type ordersRead struct {
	listing
	row orderRow
}

// readOrders reads the part orders of a file.
func (n node) readOrders(all []header) *ordersRead {
	o, r := new(ordersRead), &requestReader{scope: pageScope, node: n}
	n.fields(o.listing.fields(r, o.row.fields(pageScope, map[string]func(node){})))
	o.finish(n, r, all)
	o.row.check(n)
	return o
}

// page returns a page of orders.
func (o *ordersRead) page(s purchase.Service, after string, limit int) (page purchase.Orders, err error) {
	page.Next, err = o.readRows(s, after, limit, o.row.except, func(row gjson.Result, in *inputs) error {
		order, err := o.row.read(row, in)
		page.Orders = append(page.Orders, order)
		return err
	})
	return page, err
}

// orderRead is how one order is read.
type orderRead struct {
	single
	row orderRow
}

// readOrder reads the part order of a file.
func (n node) readOrder(all []header) *orderRead {
	o, r := new(orderRead), &requestReader{scope: orderScope, node: n}
	n.fields(r.readFields(o.row.fields(orderScope, map[string]func(node){})))
	o.request = n.finishSingle(r, all)
	o.row.check(n)
	return o
}

// finishSingle returns the request for one thing, which has to name it.
func (n node) finishSingle(r *requestReader, all []header) request {
	r.headers = withDefaults(all, r.headers)
	one := r.finish()
	if r.set && !one.has(r.scope[0]) {
		n.fault("{{.%s}} stands nowhere in the request: put it where the service reads it", variableNames[r.scope[0]])
	}
	checkAddress(n, r)
	return one
}

// read returns one order.
func (o *orderRead) read(s purchase.Service, id string) (purchase.Order, error) {
	in := &inputs{call: purchase.Call{Order: id}}
	r, asked, err := o.ask(s, in)
	if err != nil {
		return purchase.Order{}, err
	}
	order, err := o.row.read(r.row.json, in)
	if err != nil {
		return order, fmt.Errorf("%s: %w", asked, err)
	}
	return order, nil
}

// stockRead is how the stock of a product is read.
type stockRead struct {
	single
	value, reserved, price value
}

// readStock reads the part stock of a file.
func (n node) readStock(all []header) *stockRead {
	p, r := new(stockRead), &requestReader{scope: productScope, node: n}
	n.fields(r.readFields(map[string]func(node){
		"value":    func(n node) { p.value = n.readValue(productScope) },
		"reserved": func(n node) { p.reserved = n.readValue(productScope) },
		"price":    func(n node) { p.price = n.readValue(productScope) },
	}))
	p.request = n.finishSingle(r, all)
	n.checkValue(p.value, "stock", "on_hand")
	return p
}

// checkValue reports that a part has no value.
func (n node) checkValue(v value, what, example string) {
	if n.isMapping() && !v.set {
		n.fault("has no value: that says where the %s stands in the answer, such as value: %s", what, example)
	}
}

// read returns the stock of a product.
func (p *stockRead) read(s purchase.Service, in *inputs) (stock, reserved, price int64, err error) {
	r, asked, err := p.ask(s, in)
	if err != nil {
		return 0, 0, 0, err
	}
	stock = r.required("value", &p.value)
	reserved, price = r.number("reserved", &p.reserved), r.number("price", &p.price)
	if r.err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w", asked, r.err)
	}
	return stock, reserved, price, nil
}

// balanceRead is how the balance of a user is read.
type balanceRead struct {
	single
	value value
}

// readBalance reads the part balance of a file.
func (n node) readBalance(all []header) *balanceRead {
	b, r := new(balanceRead), &requestReader{scope: userScope, node: n}
	n.fields(r.readFields(map[string]func(node){"value": func(n node) { b.value = n.readValue(userScope) }}))
	b.request = n.finishSingle(r, all)
	n.checkValue(b.value, "balance", "balance")
	return b
}

// read returns the balance of a user.
func (b *balanceRead) read(s purchase.Service, in *inputs) (int64, error) {
	r, asked, err := b.ask(s, in)
	if err != nil {
		return 0, err
	}
	balance := r.required("value", &b.value)
	if r.err != nil {
		return 0, fmt.Errorf("%s: %w", asked, r.err)
	}
	return balance, nil
}

// ledgerRead is how all movements of money are read.
type ledgerRead struct {
	listing
	id, order, user, kind, amount, at value

	kinds  map[string]string
	except []condition
}

// kindNamed reads the name of a kind of movement.
func kindNamed(text string) (string, bool) {
	kind := strings.ToLower(text)
	return kind, kind == purchase.Charge || kind == purchase.Refund
}

// readLedger reads the part ledger of a file.
func (n node) readLedger(all []header) *ledgerRead {
	l, r := new(ledgerRead), &requestReader{scope: pageScope, node: n}
	known := map[string]func(node){
		"map":    func(n node) { l.kinds = readMap(n, "charge or refund", kindNamed) },
		"except": func(n node) { l.except = n.readConditions(pageScope) },
	}
	members := map[string]*value{"id": &l.id, "order": &l.order, "user": &l.user, "kind": &l.kind, "amount": &l.amount, "at": &l.at}
	for name, v := range members {
		known[name] = func(n node) { *v = n.readValue(pageScope) }
	}
	n.fields(l.fields(r, known))
	l.finish(n, r, all)
	for _, name := range []string{"id", "order", "kind", "amount"} {
		if n.isMapping() && !members[name].set {
			n.fault("has no %s: that says where the %s of an entry stands, such as %s: %s", name, name, name, name)
		}
	}
	return l
}

// page returns a page of entries. An amount is taken without its sign: the kind says which
// way the money went.
func (l *ledgerRead) page(s purchase.Service, after string, limit int) (page purchase.Ledger, err error) {
	page.Next, err = l.readRows(s, after, limit, l.except, func(row gjson.Result, in *inputs) error {
		entry, err := l.entry(row, in)
		page.Entries = append(page.Entries, entry)
		return err
	})
	return page, err
}

// entry returns the entry that a row is.
func (l *ledgerRead) entry(row gjson.Result, in *inputs) (e purchase.Entry, err error) {
	r := reader{row: answer{json: row, kind: jsonBody}, in: in}
	e.EntryID, e.OrderID = r.text("id", &l.id), r.text("order", &l.order)
	e.UserID = idOf(r.text("user", &l.user))
	e.Kind = r.kind(l)
	if e.Amount = r.required("amount", &l.amount); e.Amount < 0 {
		e.Amount = -e.Amount
	}
	e.At = r.time("at", &l.at)
	if r.err != nil {
		return e, fmt.Errorf("%w in %s", r.err, clip(row.Raw))
	}
	return e, nil
}

// kind returns the kind of an entry.
func (r *reader) kind(l *ledgerRead) string {
	text := r.text("kind", &l.kind)
	if r.err != nil {
		return ""
	}
	kind, known := l.kinds[text]
	if l.kinds == nil {
		kind, known = kindNamed(text)
	}
	if !known {
		r.err = fmt.Errorf("kind: %q is not in map: add it, such as map: {%s: charge}, or leave such entries out by except: {%s: %s}", clip(text), mapKey(text), clip(l.kind.path.end), mapKey(text))
	}
	return kind
}
