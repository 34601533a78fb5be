package market

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"sync"
	"time"
)

// state is all that a fixture and the purchases after it made. A new fixture is a new state: purchases under way go on
// with the old one, which no call reads any more.
type state struct {
	m        *Market
	mu       sync.Mutex // guards all that follows
	users    map[int64]*user
	products map[int64]*product
	orders   []*order // by creation
	byID     map[string]*order
	ledger   []entry
	keys     map[string]*keyed
	// forgotten has the keys that a bug removed, so that its effect is seen when they come again.
	forgotten map[string]bool
	sequence  int

	// These serve bugs only.
	soldOut, broke map[int64]bool  // products and users that were refused once
	refusedOnce    map[string]bool // keys
	finished       []string        // keys, the newest last
	lastPayer      int64
	replayed       record  // what was replayed last
	unflushed      []*saga // confirmed, and lost if the process ends now
	cache          map[int64]cached
}

// product is a product and its pieces over time.
type product struct {
	history[level]
	put int64 // pieces of the fixture and of restocking
}

// level is the price of a product and how many pieces are free and held.
type level struct{ price, stock, reserved int64 }

// user is a user and the balance over time.
type user struct {
	history[int64]
	put int64 // money of the fixture and of topping up
}

// order is an order over time.
type order struct {
	history[record]
	unlisted, unreadable bool // only a bug sets them
}

// record is an order as it is shown.
type record struct {
	ID            string    `json:"order_id"`
	Key           string    `json:"idempotency_key"`
	User          int64     `json:"user_id"`
	Product       int64     `json:"product_id"`
	Quantity      int64     `json:"quantity"`
	PaymentMethod int64     `json:"payment_method_id"`
	Amount        int64     `json:"amount"`
	Status        string    `json:"status"`
	Reason        string    `json:"reason"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
	Steps         []step    `json:"steps"`
}

// step is an effect of an order, as it is shown.
type step struct {
	Seq    int       `json:"seq"`
	Step   string    `json:"step"`
	Action string    `json:"action"`
	At     time.Time `json:"at"`
}

// entry is a movement of money, as it is shown.
type entry struct {
	ID     string    `json:"entry_id"`
	Order  string    `json:"order_id"`
	User   int64     `json:"user_id"`
	Kind   string    `json:"kind"`
	Amount int64     `json:"amount"`
	At     time.Time `json:"at"`
	since  time.Time
}

func newState(m *Market, f Fixture) *state {
	st := &state{m: m, users: map[int64]*user{}, products: map[int64]*product{}, byID: map[string]*order{},
		keys: map[string]*keyed{}, forgotten: map[string]bool{},
		soldOut: map[int64]bool{}, broke: map[int64]bool{}, refusedOnce: map[string]bool{}, cache: map[int64]cached{}}
	for _, u := range f.Users {
		st.users[u.ID] = &user{put: u.Balance}
		st.users[u.ID].set(u.Balance, 0)
	}
	for _, p := range f.Products {
		st.products[p.ID] = &product{put: p.Stock}
		st.products[p.ID].set(level{p.Price, p.Stock, 0}, 0)
	}
	return st
}

// move adds to the balance of a user. The caller holds mu.
func (st *state) move(id, amount int64) {
	u := st.users[id]
	u.set(u.last()+amount, st.m.opt.ReadsLag)
}

// shift adds to the free and to the held pieces of a product. The caller holds mu.
func (st *state) shift(id, stock, reserved int64) {
	p := st.products[id]
	l := p.last()
	p.set(level{l.price, l.stock + stock, l.reserved + reserved}, st.m.opt.ReadsLag)
}

// book appends to the ledger, unless the amount is 0. The caller holds mu.
func (st *state) book(order string, user int64, kind string, amount int64) {
	if amount == 0 {
		return
	}
	now := time.Now()
	st.ledger = append(st.ledger, entry{st.identifier("led"), order, user, kind, amount, st.m.shown(now), now})
}

// create adds an order in PENDING. The caller holds mu.
func (st *state) create(req request) *order {
	o, at := &order{}, st.m.shown(time.Now())
	id := st.identifier("ord")
	o.set(record{ID: id, Key: req.key, User: req.user, Product: req.product, Quantity: req.quantity,
		PaymentMethod: req.method, Status: "PENDING", CreatedAt: at, UpdatedAt: at, Steps: []step{}}, st.m.opt.ReadsLag)
	st.orders = append(st.orders, o)
	st.byID[id] = o
	return o
}

// identifier returns a new one. The caller holds mu.
func (st *state) identifier(prefix string) string {
	st.sequence++
	switch st.m.opt.Identifiers {
	case Numbers:
		return strconv.Itoa(st.sequence)
	case UUIDs:
		h := fnv.New32a()
		fmt.Fprint(h, st.m.opt.Seed, prefix, st.sequence)
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", h.Sum32(), st.sequence)
	}
	return fmt.Sprintf("%s_%08s", prefix, strconv.FormatInt(int64(st.sequence), 36))
}

// another returns the id of the next known user or product after id, id itself if there is no other.
func another[T any](known map[int64]T, id int64) int64 {
	next, first := int64(0), id
	for k := range known {
		if k > id && (next == 0 || k < next) {
			next = k
		}
		first = min(first, k)
	}
	if next == 0 {
		return first
	}
	return next
}
