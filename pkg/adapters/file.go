package adapters

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// File is an adapter that a file describes. Make one with Open or Parse; the zero value is
// not valid. It implements the interfaces of all reads: Offers says which of them the file
// has, and the others return an error that wraps purchase.ErrNotRead. It is safe for
// concurrent use.
type File struct {
	name     string
	contents string
	vars     map[string]string // those that it uses

	buying  buying
	health  *request
	orders  *ordersRead
	order   *orderRead
	stock   *stockRead
	balance *balanceRead
	ledger  *ledgerRead
	reset   *request
	lag     *time.Duration
}

// Open reads a file with the variables of the environment, as they are now. The error is that
// of the file system, or an *Error.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	contents, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return Parse(filepath.Base(path), contents, Environment())
}

// Parse reads the contents of a file of at most 64 KiB, whose name is for messages. vars are
// the values that {{.Var.NAME}} can have, by NAME. The error is an *Error, which lists
// everything that is wrong.
func Parse(name string, contents []byte, vars map[string]string) (*File, error) {
	d := &document{vars: vars, used: map[string]bool{}}
	f := &File{name: name, contents: string(contents)}
	if root, ok := d.root(contents); ok {
		f.read(root)
	}
	if err := errorOf(name, d.problems); err != nil {
		return nil, err
	}
	f.vars = map[string]string{}
	for used := range d.used {
		f.vars[used] = vars[used]
	}
	return f, nil
}

// read reads the file.
func (f *File) read(root node) {
	var all []header
	for _, e := range root.headerFirst() { // the other parts need it
		all = e.headers(noScope)
	}
	bought := false
	root.fields(map[string]func(node){
		"name":      func(n node) { f.readName(n) },
		"header":    func(node) {},
		"health":    func(n node) { f.health = n.readHealth(all) },
		"purchase":  func(n node) { bought, f.buying = true, n.readBuying(all) },
		"orders":    func(n node) { f.orders = n.readOrders(all) },
		"order":     func(n node) { f.order = n.readOrder(all) },
		"stock":     func(n node) { f.stock = n.readStock(all) },
		"balance":   func(n node) { f.balance = n.readBalance(all) },
		"ledger":    func(n node) { f.ledger = n.readLedger(all) },
		"reset":     func(n node) { f.reset = n.readFixed(all) },
		"reads_lag": func(n node) { f.readLag(n) },
	})
	if root.isMapping() && !bought && len(root.problems) == 0 {
		root.fault("has no purchase: that says what a purchase is and what its answers mean, such as\n  purchase:\n    send: POST /orders\n    means:\n      - {http: 2xx, is: confirmed}")
	}
}

// headerFirst returns the part header of a file, if it has one.
func (n node) headerFirst() (list []node) {
	if !n.isMapping() {
		return nil
	}
	for _, e := range n.entries() {
		if e.name == "header" {
			list = append(list, e.node)
		}
	}
	return list
}

// maxName is the longest name, in bytes.
const maxName = 100

// readName reads the name of the service.
func (f *File) readName(n node) {
	text, ok := n.text()
	if ok && (text == "" || len(text) > maxName) {
		n.fault("has %d bytes, want 1 to %d", len(text), maxName)
	}
	if ok {
		f.name = text
	}
}

// readLag reads how late reads may be.
func (f *File) readLag(n node) {
	if d, ok := n.duration(purchase.MaxReadsLag); ok {
		f.lag = &d
	}
}

// readHealth reads how the service is asked whether it is there; nil for none.
func (n node) readHealth(all []header) *request {
	if n.isNull() {
		return nil
	}
	if !n.isMapping() {
		if text, ok := n.text(); !ok || text == "none" {
			return nil
		}
	}
	return n.readFixed(all)
}

// readFixed reads a request that depends on nothing: METHOD path, or a mapping.
func (n node) readFixed(all []header) *request {
	r := requestReader{scope: noScope, node: n}
	if n.isMapping() {
		n.fields(r.fields(map[string]func(node){"send": r.readAddress, "get": r.readGet}))
		checkAddress(n, &r)
	} else {
		r.readAddress(n)
	}
	r.headers = withDefaults(all, r.headers)
	fixed := r.finish()
	return &fixed
}

// Contents implements purchase.PortableAdapter. The values of variables are not in it.
func (f *File) Contents() string { return f.contents }

// String returns the name that the file says, else that which was given to Open or Parse.
func (f *File) String() string { return f.name }

// Vars returns the variables that the file uses, with their values, for a process that parses
// its contents again. They are secrets.
func (f *File) Vars() map[string]string { return maps.Clone(f.vars) }

// Secrets returns the values of the variables that the file uses, in no particular order, for
// retry.Config.Secrets.
func (f *File) Secrets() []string { return slices.Collect(maps.Values(f.vars)) }

// NamesOrders reports whether the file says where an answer names the order.
func (f *File) NamesOrders() bool { return f.buying.order.set }

// Offers implements purchase.Offerer.
func (f *File) Offers() purchase.Offers {
	return purchase.Offers{
		Keys: f.buying.keys != keyNone, Health: f.health != nil, Orders: f.orders != nil, Order: f.order != nil,
		Product: f.stock != nil, User: f.balance != nil, Ledger: f.ledger != nil, Fixture: f.reset != nil,
	}
}

// Request implements purchase.Adapter.
func (f *File) Request(c purchase.Call) (retry.Request, error) {
	r, err := f.buying.send(c)
	if err != nil {
		return r, fmt.Errorf("%s: purchase: %w", f.name, err)
	}
	return r, nil
}

// Read implements purchase.Adapter: the first rule that the answer meets says what it means,
// without one it is not known.
func (f *File) Read(c purchase.Call, a retry.Attempt) purchase.Answer { return f.buying.read(c, a) }

// Health implements purchase.HealthChecker.
func (f *File) Health() retry.Request {
	if f.health == nil {
		return retry.Get("")
	}
	r, _ := f.health.build(&inputs{}) // it depends on nothing
	return r
}

// ReadsLag implements purchase.LagDeclarer.
func (f *File) ReadsLag() (time.Duration, bool) {
	if f.lag == nil {
		return 0, false
	}
	return *f.lag, true
}

// OrdersPage implements purchase.OrderPager.
func (f *File) OrdersPage(s purchase.Service, after string, limit int) (purchase.Orders, error) {
	if f.orders == nil {
		return purchase.Orders{}, f.lacks("orders")
	}
	page, err := f.orders.page(s, after, limit)
	return page, f.in("orders", err)
}

// Order implements purchase.OrderReader.
func (f *File) Order(s purchase.Service, id string) (purchase.Order, error) {
	if f.order == nil {
		return purchase.Order{}, f.lacks("order")
	}
	o, err := f.order.read(s, id)
	return o, f.in("order", err)
}

// Product implements purchase.ProductReader.
func (f *File) Product(s purchase.Service, id purchase.ID) (purchase.Product, error) {
	if f.stock == nil {
		return purchase.Product{}, f.lacks("stock")
	}
	var in inputs
	in.call.Purchase.ProductID = id
	stock, reserved, price, err := f.stock.read(s, &in)
	return purchase.Product{ProductID: id, Price: price, Stock: stock, Reserved: reserved}, f.in("stock", err)
}

// User implements purchase.UserReader.
func (f *File) User(s purchase.Service, id purchase.ID) (purchase.User, error) {
	if f.balance == nil {
		return purchase.User{}, f.lacks("balance")
	}
	var in inputs
	in.call.Purchase.UserID = id
	balance, err := f.balance.read(s, &in)
	return purchase.User{UserID: id, Balance: balance}, f.in("balance", err)
}

// LedgerPage implements purchase.LedgerPager.
func (f *File) LedgerPage(s purchase.Service, after string, limit int) (purchase.Ledger, error) {
	if f.ledger == nil {
		return purchase.Ledger{}, f.lacks("ledger")
	}
	page, err := f.ledger.page(s, after, limit)
	return page, f.in("ledger", err)
}

// SetFixture implements purchase.FixtureSetter by the request reset of the file, which is the
// same for every fixture: users and products are those that the service then has. The error
// wraps purchase.ErrNoFixture when the file has none, or the service does not have its route.
func (f *File) SetFixture(s purchase.Service, _ purchase.Fixture) error {
	if f.reset == nil {
		return fmt.Errorf("%w (%s has no reset:)", purchase.ErrNoFixture, f.name)
	}
	r, err := f.reset.build(&inputs{})
	if err == nil {
		_, err = s.Send(r)
	}
	var status purchase.StatusError
	if errors.As(err, &status) && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed) {
		return fmt.Errorf("%w (%s: reset: %v)", purchase.ErrNoFixture, f.name, err)
	}
	return f.in("reset", err)
}

// in returns an error with the part of the file that it is about.
func (f *File) in(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", f.name, part, err)
}

// lacks returns the error of a read that the file does not have.
func (f *File) lacks(part string) error {
	return fmt.Errorf("%w: %s has no %s:", purchase.ErrNotRead, f.name, part)
}
