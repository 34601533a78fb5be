package accuracy

import (
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// projection is a part of what a service of the contract shows, by an adapter that hides the
// rest. The rules that it enables have to hold in some run.
type projection struct {
	name    string
	adapter purchase.Adapter
	holds   string
}

// hiding removes members of what is read; nil removes nothing.
type hiding struct {
	order   func(*purchase.Order)
	product func(*purchase.Product)
	entry   func(*purchase.Entry)
	answer  func(*purchase.Answer)
}

// hide applies a function to a value.
func hide[T any](by func(*T), value T, err error) (T, error) {
	if by != nil {
		by(&value)
	}
	return value, err
}

// hideEach applies a function to each value.
func hideEach[T any](by func(*T), list []T) {
	for i := range list {
		if by != nil {
			by(&list[i])
		}
	}
}

// answers sends purchases as the contract has it, and reads nothing but the health: the
// service has to be set before.
type answers struct{ *hiding }

func (a answers) Request(c purchase.Call) (retry.Request, error) {
	return purchase.Contract{}.Request(c)
}

func (a answers) Read(c purchase.Call, x retry.Attempt) purchase.Answer {
	answer, _ := hide(a.answer, purchase.Contract{}.Read(c, x), nil)
	return answer
}

func (answers) Health() retry.Request { return purchase.Contract{}.Health() }

// orderList reads all orders as one list, orderPages page by page, single one alone.
type (
	orderList  struct{ *hiding }
	orderPages struct{ *hiding }
	single     struct{ *hiding }
)

func (a orderList) Orders(s purchase.Service) (all []purchase.Order, err error) {
	for after := ""; ; {
		page, err := orderPages(a).OrdersPage(s, after, 1000)
		if all = append(all, page.Orders...); err != nil || page.Next == "" {
			return all, err
		}
		after = page.Next
	}
}

func (a orderPages) OrdersPage(s purchase.Service, after string, limit int) (purchase.Orders, error) {
	page, err := purchase.Contract{}.OrdersPage(s, after, limit)
	hideEach(a.order, page.Orders)
	return page, err
}

func (a single) Order(s purchase.Service, id string) (purchase.Order, error) {
	o, err := purchase.Contract{}.Order(s, id)
	return hide(a.order, o, err)
}

// stock reads products, balances users.
type (
	stock    struct{ *hiding }
	balances struct{}
)

func (a stock) Product(s purchase.Service, id purchase.ID) (purchase.Product, error) {
	p, err := purchase.Contract{}.Product(s, id)
	return hide(a.product, p, err)
}

func (balances) User(s purchase.Service, id purchase.ID) (purchase.User, error) {
	return purchase.Contract{}.User(s, id)
}

// ledgerList reads the ledger as one list, ledgerPages page by page.
type (
	ledgerList  struct{ *hiding }
	ledgerPages struct{ *hiding }
)

func (a ledgerPages) LedgerPage(s purchase.Service, after string, limit int) (purchase.Ledger, error) {
	page, err := purchase.Contract{}.LedgerPage(s, after, limit)
	hideEach(a.entry, page.Entries)
	return page, err
}

func (a ledgerList) Ledger(s purchase.Service) (all []purchase.Entry, err error) {
	for after := ""; ; {
		page, err := ledgerPages(a).LedgerPage(s, after, 1000)
		if all = append(all, page.Entries...); err != nil || page.Next == "" {
			return all, err
		}
		after = page.Next
	}
}

// settable sets a fixture.
type settable struct{}

func (settable) SetFixture(s purchase.Service, f purchase.Fixture) error {
	return purchase.Contract{}.SetFixture(s, f)
}

// The sets of calls that adapters offer.
type (
	withOrders struct {
		answers
		orderList
	}
	withSingles struct {
		answers
		orderList
		single
	}
	withStock struct {
		answers
		orderList
		single
		stock
	}
	withBalances struct {
		answers
		orderList
		single
		stock
		balances
	}
	withLedger struct {
		answers
		orderList
		single
		stock
		balances
		ledgerList
	}
	withLedgerOnly struct {
		answers
		orderList
		ledgerList
	}
	withEverything struct {
		answers
		orderPages
		single
		stock
		balances
		ledgerPages
		settable
	}
)

func orders(h hiding) purchase.Adapter { return withOrders{answers{&h}, orderList{&h}} }

func singles(h hiding) purchase.Adapter { return withSingles{answers{&h}, orderList{&h}, single{&h}} }

func stocks(h hiding) purchase.Adapter {
	return withStock{answers{&h}, orderList{&h}, single{&h}, stock{&h}}
}

func money(h hiding) purchase.Adapter {
	return withBalances{answers{&h}, orderList{&h}, single{&h}, stock{&h}, balances{}}
}

func ledger(h hiding) purchase.Adapter {
	return withLedger{answers{&h}, orderList{&h}, single{&h}, stock{&h}, balances{}, ledgerList{&h}}
}

func ledgerAlone(h hiding) purchase.Adapter {
	return withLedgerOnly{answers{&h}, orderList{&h}, ledgerList{&h}}
}

func everything(h hiding) purchase.Adapter {
	return withEverything{answers{&h}, orderPages{&h}, single{&h}, stock{&h}, balances{}, ledgerPages{&h}, settable{}}
}

// statusOnly leaves an order its id and status, withKey its key as well.
func statusOnly(o *purchase.Order) { *o = purchase.Order{OrderID: o.OrderID, Status: o.Status} }

func withKey(o *purchase.Order) {
	*o = purchase.Order{OrderID: o.OrderID, Status: o.Status, IdempotencyKey: o.IdempotencyKey}
}

// withSteps leaves an order what withKey does, and its steps without times.
func withSteps(o *purchase.Order) {
	steps := o.Steps
	withKey(o)
	for i := range steps {
		s := &steps[i]
		o.Steps = append(o.Steps, purchase.Step{Seq: s.Seq, Step: s.Step, Action: s.Action})
	}
}

// undated removes the times of an order.
func undated(o *purchase.Order) {
	none := purchase.Order{}
	o.CreatedAt, o.UpdatedAt = none.CreatedAt, none.UpdatedAt
	for i := range o.Steps {
		o.Steps[i].At = none.CreatedAt
	}
}

// unpriced removes the price of a product, unreserved what is reserved.
func unpriced(p *purchase.Product) { p.Price = 0 }

func unreserved(p *purchase.Product) { p.Reserved = 0 }

// bareEntry leaves an entry of the ledger its order, user, kind and amount, anonymous all but
// its user, ofUser all but its order.
func bareEntry(e *purchase.Entry) {
	*e = purchase.Entry{OrderID: e.OrderID, UserID: e.UserID, Kind: e.Kind, Amount: e.Amount}
}

func anonymous(e *purchase.Entry) {
	bareEntry(e)
	e.UserID = purchase.Entry{}.UserID
}

func ofUser(e *purchase.Entry) {
	bareEntry(e)
	e.OrderID = ""
}

// projections are what is shown; the rules are those of which each tier says that it enables
// them.
var projections = []projection{
	{"answers only", answers{&hiding{}}, "K2 K4"},
	{"ids and status", orders(hiding{order: statusOnly}), "K2 K4 C4 C5 C8"},
	{"ids and status, answers without ids", orders(hiding{order: statusOnly, answer: func(a *purchase.Answer) { a.OrderID = "" }}), "K2 C5"},
	{"ids, status and keys", orders(hiding{order: withKey}), "K1 K2 K3 K4 C4 C5 C8"},
	{"ids, status and keys, answers without ids", orders(hiding{order: withKey, answer: func(a *purchase.Answer) { a.OrderID = "" }}), "K1 K2 C4 C5"},
	{"+ single orders", singles(hiding{order: withKey}), "K1 K4 C4 C5 C7 C8"},
	{"+ single orders, without keys", singles(hiding{order: statusOnly}), "K4 C4 C5 C7 C8"},
	{"+ stock without price", stocks(hiding{order: withKey, product: unpriced}), "S1 S2 C1 C6"},
	{"+ stock, orders without keys", stocks(hiding{order: statusOnly}), "S1 C1 C6"},
	{"+ stock without reserved", stocks(hiding{order: withKey, product: unreserved}), "S1 S2 C1 C6"},
	{"+ balances", money(hiding{order: withKey}), "S1 S2 B1 C1 C2 C6"},
	{"+ balances, without price", money(hiding{order: withKey, product: unpriced}), "S1 S2 C1 C6"},
	{"+ ledger without ids and times", ledger(hiding{order: withKey, entry: bareEntry}), "B1 C1 C2 C3 C6"},
	{"+ ledger without users", ledger(hiding{order: withKey, entry: anonymous}), "B1 C1 C2"},
	{"+ ledger without orders", ledger(hiding{order: withKey, entry: ofUser}), "B1 C1 C2"},
	{"+ ledger, without price", ledger(hiding{order: withKey, product: unpriced}), "C1 C2"},
	{"ledger alone", ledgerAlone(hiding{order: statusOnly, entry: bareEntry}), "C4 C5 C8"},
	{"+ steps", ledger(hiding{order: withSteps}), "K1 C1 C2 C3 T1 T2 T3 T4"},
	{"without user", everything(hiding{order: func(o *purchase.Order) { o.UserID = purchase.Order{}.UserID }}), "K1 B1 C1 C2 C3 C4"},
	{"without product", everything(hiding{order: func(o *purchase.Order) { o.ProductID = purchase.Order{}.ProductID }}), "K1 B1 C1 C2 C3 C4"},
	{"without quantity", everything(hiding{order: func(o *purchase.Order) { o.Quantity = 0 }}), "K1 B1 C1 C2 C3 C4"},
	{"without quantity and keys", everything(hiding{order: func(o *purchase.Order) { o.Quantity, o.IdempotencyKey = 0, "" }}), "S1 C2 C5 C8"},
	{"without amounts", everything(hiding{order: func(o *purchase.Order) { o.Amount = 0 }, answer: func(a *purchase.Answer) { a.Amount = 0 }}), "K1 B1 C1 C2 C3 C4"},
	{"without times", everything(hiding{order: undated, entry: bareEntry}), "S2 B1 C1 C2 C3 C4 T1"},
	{"without reasons", everything(hiding{order: func(o *purchase.Order) { o.Reason = "" }}), "S2 B1 K2 C4"},
}
