package bookshop

import (
	"fmt"
	"maps"
	"runtime"
	"sync"
	"time"
)

// order is what is shown of an order.
type order struct {
	Number   string `json:"number"`
	State    string `json:"state"` // open, paid or rejected
	Because  string `json:"because,omitempty"`
	Customer string `json:"customer,omitempty"`
	Lines    []line `json:"lines,omitempty"`
	Total    cents  `json:"total"`
}

// line is one title of an order.
type line struct {
	SKU    string `json:"sku"`
	Copies int64  `json:"copies"`
}

// payment is one movement of money.
type payment struct {
	Payment  int    `json:"payment"`
	Order    string `json:"order"`
	Customer string `json:"customer"`
	Kind     string `json:"kind"` // debit or credit
	Amount   cents  `json:"amount"`
}

// book is a title on the shelf.
type book struct {
	price             cents
	onShelf, setAside int64
}

// sale is what is asked for.
type sale struct {
	Customer string `json:"customer"`
	SKU      string `json:"sku"`
	Copies   int64  `json:"copies"`
}

// stock is what a shop is set to.
type stock struct {
	Books     map[string]titleStock `json:"books"`
	Customers map[string]cents      `json:"customers"`
}

// titleStock is the stock of one title.
type titleStock struct {
	Copies int64 `json:"copies"`
	Price  cents `json:"price"`
}

// shop is the state of one shop. Its methods are safe for concurrent use.
type shop struct {
	careless bool // takes copies without a lock

	mu       sync.Mutex
	books    map[string]*book
	wallets  map[string]cents
	orders   []*order
	payments []payment
	keys     map[string]*keptAnswer
}

// keptAnswer is the purchase under a key; order is nil while it has not ended.
type keptAnswer struct {
	sale  sale
	order *order
}

// newShop returns a shop with a few books and customers.
func newShop(careless bool) *shop {
	s := &shop{careless: careless}
	s.reset(stock{
		Books:     map[string]titleStock{"moby-dick": {1_000_000, 2490}, "walden": {1_000_000, 1200}},
		Customers: map[string]cents{"anna": 1_000_000_000, "ben": 1_000_000_000},
	})
	return s
}

// reset drops all orders and sets what there is.
func (s *shop) reset(to stock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.books, s.wallets = map[string]*book{}, maps.Clone(to.Customers)
	for sku, t := range to.Books {
		s.books[sku] = &book{price: t.Price, onShelf: t.Copies}
	}
	s.orders, s.payments, s.keys = nil, nil, map[string]*keptAnswer{}
}

// begin returns the order of a sale that is new, or what was answered under its key before:
// replayed is true then, and refused why there is no answer.
func (s *shop) begin(key string, x sale) (o *order, replayed bool, refused string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.keys[key]
	_, known := s.wallets[x.Customer]
	switch {
	case key != "" && before != nil && before.sale != x:
		return nil, false, "other_order"
	case key != "" && before != nil && before.order == nil:
		return nil, false, "still_working"
	case key != "" && before != nil:
		return before.order, true, ""
	case s.books[x.SKU] == nil:
		return nil, false, "unknown_book"
	case !known:
		return nil, false, "unknown_customer"
	}
	o = &order{Number: fmt.Sprintf("B-%d", len(s.orders)+1), State: "open", Customer: x.Customer, Lines: []line{{x.SKU, x.Copies}}}
	s.orders = append(s.orders, o)
	if key != "" {
		s.keys[key] = &keptAnswer{sale: x}
	}
	return o, false, ""
}

// sell runs the saga of an order: copies are set aside, money is taken, and the copies are
// put back when there is not enough of it.
func (s *shop) sell(o *order, key string, x sale) *order {
	if !s.setAside(x) {
		return s.end(o, key, x, "no_copies_left")
	}
	if !s.pay(o, x) {
		return s.end(o, key, x, "empty_wallet")
	}
	return s.end(o, key, x, "")
}

// setAside takes the copies of a sale from the shelf.
func (s *shop) setAside(x sale) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[x.SKU]
	if b == nil || b.onShelf < x.Copies {
		return false
	}
	left := b.onShelf - x.Copies
	if s.careless { // what others take meanwhile is written over
		s.mu.Unlock()
		runtime.Gosched()
		time.Sleep(time.Millisecond)
		s.mu.Lock()
	}
	b.onShelf = left
	b.setAside += x.Copies
	return true
}

// pay takes the money for a sale.
func (s *shop) pay(o *order, x sale) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[x.SKU]
	if b == nil {
		return false
	}
	total := b.price * cents(x.Copies)
	if s.wallets[x.Customer] < total {
		return false
	}
	s.wallets[x.Customer] -= total
	o.Total = total
	s.payments = append(s.payments, payment{len(s.payments) + 1, o.Number, x.Customer, "debit", total})
	return true
}

// end ends an order, as paid unless there is a reason to reject it, and returns a copy.
func (s *shop) end(o *order, key string, x sale, because string) *order {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.State = "paid"
	b := s.books[x.SKU]
	if because != "" {
		o.State, o.Because = "rejected", because
	}
	if because != "no_copies_left" && b != nil {
		b.setAside -= x.Copies
		if because != "" {
			b.onShelf += x.Copies
		}
	}
	shown := *o
	if k := s.keys[key]; k != nil {
		k.order = &shown
	}
	return &shown
}

// pageSize is how many orders a page has.
const pageSize = 100

// page returns orders, as copies, and how many pages there are.
func (s *shop) page(n int) (list []order, pages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pages = max(1, (len(s.orders)+pageSize-1)/pageSize)
	list = []order{}
	for _, o := range s.orders[min((n-1)*pageSize, len(s.orders)):min(n*pageSize, len(s.orders))] {
		list = append(list, *o)
	}
	return list, pages
}

// allPayments returns a copy of the payments.
func (s *shop) allPayments() []payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]payment{}, s.payments...)
}
