package adapters

import (
	"fmt"
	"io"
	"maps"
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

	steps   []buying // one without a name for a purchase of one request
	login   *login
	poll    *polling
	health  *request
	orders  *ordersRead
	order   *orderRead
	stock   *stockRead
	balance *balanceRead
	ledger  *ledgerRead
	reset   *request
	lag     *time.Duration
	hints   []string
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
func (f *File) NamesOrders() bool {
	return slices.ContainsFunc(f.steps, func(b buying) bool { return b.order.set }) || f.poll != nil && f.poll.order.set
}

// FollowsPages reports whether the file says how the next page of orders is asked for.
func (f *File) FollowsPages() bool { return f.orders != nil && f.orders.next.set }

// CheckAmount returns why the amount in the answer to a call cannot be read: there is none
// where the file says, or it is no whole number of minor units. It is nil for a file without
// amount, and for an answer other than 2xx, which names none.
func (f *File) CheckAmount(c purchase.Call, a retry.Attempt) error {
	if b := f.reading(c); b != nil {
		return b.checkAmount(c, a)
	}
	return nil
}

// Offers implements purchase.Offerer.
func (f *File) Offers() purchase.Offers {
	return purchase.Offers{
		Keys: slices.ContainsFunc(f.steps, func(b buying) bool { return b.keys != keyNone }),
		Poll: f.poll != nil, Login: f.login != nil, Health: f.health != nil, Orders: f.orders != nil, Order: f.order != nil,
		Product: f.stock != nil, User: f.balance != nil, Ledger: f.ledger != nil, Reset: f.reset != nil,
	}
}

// Request implements purchase.Adapter.
func (f *File) Request(c purchase.Call) (retry.Request, error) {
	b := f.step(c.Step)
	if b == nil {
		return retry.Request{}, fmt.Errorf("%s: there is no step %q", f.name, clip(c.Step))
	}
	r, err := b.send(c)
	return r, f.in(b.part(), err)
}

// Read implements purchase.Adapter: the first rule that the answer meets says what it means,
// without one it is not known.
func (f *File) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	if b := f.step(c.Step); b != nil {
		return b.read(c, a)
	}
	return purchase.Answer{}
}

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
