package stepshop

import (
	"fmt"
	"strconv"
	"time"
)

// The statuses of carts and orders.
const (
	open    = "open"
	paid    = "paid"
	expired = "expired"

	pending   = "PENDING"
	confirmed = "CONFIRMED"
	cancelled = "CANCELLED"
)

// state is all that a reset makes anew.
type state struct {
	generation int
	users      map[string]*user
	products   map[string]*product
	sessions   map[string]*session
	carts      []*cart // by creation, as orders
	orders     []*order
	cartsByID  map[string]*cart
	ordersByID map[string]*order
	ledger     []entry
	keys       map[string]*keyed
	number     int // of ids
}

type user struct {
	ID      string `json:"id"`
	Balance int64  `json:"balance"`
}

// product has what is on hand, of which some is allocated to carts and pending orders.
type product struct {
	ID        string `json:"id"`
	OnHand    int64  `json:"on_hand"`
	Allocated int64  `json:"allocated"`
	Price     int64  `json:"price"`
}

type session struct {
	user  string
	uses  int
	since time.Time
}

type cart struct {
	ID       string `json:"id"`
	User     string `json:"user"`
	Status   string `json:"status"`
	Product  string `json:"product,omitempty"`
	Quantity int64  `json:"quantity"`
	since    time.Time
	holds    bool
}

type order struct {
	ID       string    `json:"id"`
	Cart     string    `json:"cart,omitempty"`
	Key      string    `json:"key"`
	User     string    `json:"user"`
	Product  string    `json:"product"`
	Quantity int64     `json:"quantity"`
	Method   string    `json:"method"`
	Amount   int64     `json:"amount"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason,omitempty"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
	defect   Defect
}

type entry struct {
	ID     string    `json:"id"`
	Order  string    `json:"order"`
	User   string    `json:"user"`
	Kind   string    `json:"kind"` // charge or refund
	Amount int64     `json:"amount"`
	At     time.Time `json:"at"`
}

// keyed is what became of a key; its answer is nil while it is under way.
type keyed struct {
	body   string
	answer *answer
}

// state returns the users and products of the options.
func (o Options) state() state {
	st := state{users: map[string]*user{}, products: map[string]*product{}, sessions: map[string]*session{}, keys: map[string]*keyed{},
		cartsByID: map[string]*cart{}, ordersByID: map[string]*order{}}
	for i := range o.Users {
		id := strconv.Itoa(i + 1)
		st.users[id] = &user{id, o.Balance}
	}
	for i := range o.Products {
		id := strconv.Itoa(i + 1)
		st.products[id] = &product{id, o.Stock, 0, o.Price}
	}
	return st
}

// id returns a new id.
func (st *state) id(kind string) string {
	st.number++
	return fmt.Sprintf("%s-%d-%d", kind, st.generation, st.number)
}

// cart returns a cart, nil when there is none.
func (s *Shop) cart(id string) *cart {
	c := s.state.cartsByID[id]
	if c != nil {
		s.expire(c)
	}
	return c
}

// expire ends a cart that was open too long.
func (s *Shop) expire(c *cart) {
	if s.options.CartLife == 0 || c.Status != open || time.Since(c.since) < s.options.CartLife {
		return
	}
	c.Status = expired
	if c.holds && s.options.Defect != KeepsStock {
		s.state.products[c.Product].Allocated -= c.Quantity
	}
	c.holds = false
}

// hold takes n pieces for a cart or an order, or reports that there are not as many.
func (p *product) hold(n int64) bool {
	if p.OnHand-p.Allocated < n {
		return false
	}
	p.Allocated += n
	return true
}

// order makes an order of a cart that holds its stock.
func (s *Shop) order(c *cart, key, method string) *order {
	now := time.Now()
	o := &order{ID: s.state.id("order"), Cart: c.ID, Key: key, User: c.User, Product: c.Product, Quantity: c.Quantity, Method: method,
		Amount: c.Quantity * s.state.products[c.Product].Price, Status: pending, Created: now, Updated: now}
	s.state.orders, s.state.ordersByID[o.ID] = append(s.state.orders, o), o
	if len(s.state.orders)%s.options.Every == 0 {
		o.defect = s.options.Defect
	}
	return o
}

// settle ends an order that is PENDING.
func (s *Shop) settle(o *order) {
	switch p, u := s.state.products[o.Product], s.state.users[o.User]; {
	case o.defect == NeverSettles:
	case u.Balance < o.Amount:
		p.Allocated -= o.Quantity
		o.set(cancelled, "insufficient_balance")
	default:
		p.Allocated, p.OnHand = p.Allocated-o.Quantity, p.OnHand-o.Quantity
		o.set(confirmed, "")
		s.move(o, "charge")
		s.spoil(o)
	}
}

// spoil does what is wrong with a confirmed order.
func (s *Shop) spoil(o *order) {
	switch o.defect {
	case ChargesTwice:
		s.move(o, "charge")
	case LostOrder:
		s.state.forget(o)
	case StatusFlips:
		s.after(20*time.Millisecond, func() {
			o.set(cancelled, "insufficient_balance")
			s.move(o, "refund")
			s.state.products[o.Product].OnHand += o.Quantity
		})
	}
}

// after does something later, unless the shop is reset before.
func (s *Shop) after(d time.Duration, do func()) {
	generation := s.state.generation
	time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.state.generation == generation {
			do()
		}
	})
}

// forget removes an order.
func (st *state) forget(o *order) {
	delete(st.ordersByID, o.ID)
	for i := range st.orders {
		if st.orders[i] == o {
			st.orders = append(st.orders[:i:i], st.orders[i+1:]...)
			return
		}
	}
}

// move charges or refunds the amount of an order.
func (s *Shop) move(o *order, kind string) {
	amount := o.Amount
	if kind == "refund" {
		amount = -amount
	}
	s.state.users[o.User].Balance -= amount
	s.state.ledger = append(s.state.ledger, entry{s.state.id("entry"), o.ID, o.User, kind, o.Amount, time.Now()})
}

func (o *order) set(status, reason string) {
	o.Status, o.Reason, o.Updated = status, reason, time.Now()
}
