// Package stepshop is an HTTP shop for tests, at which a purchase takes several requests and
// may end later than its last answer:
//
//	POST /sessions             {"user": U}                      201, the token in X-Auth-Token
//	POST /carts                {}                               201 {"id", "user", "status": "open"}
//	POST /carts/{id}/items     {"product": P, "quantity": N}    201, the cart
//	POST /carts/{id}/pay       {"method": M}                    201 or 202, the order
//	GET  /orders, /orders/{id}, /carts, /products/{id}, /users/{id}, /ledger, /health
//	POST /reset                                                 204; stock and balances as at first
//
// Ids of users and products are numbers or texts and count from 1. A POST to a cart needs a
// token, in X-Auth-Token or as a bearer's. Reads need none, and check one that they get: 401
// when it is not valid, 403 when the cart or order is another user's. An Idempotency-Key
// belongs to the user and the path: the same body is answered as before, with
// Idempotent-Replayed: true, another body 422 key_reused, one under way 409 in_progress. No
// answer of 5xx and none of 401 is kept. Refusals are {"code": …}: 402 insufficient_balance,
// 409 out_of_stock, cart_paid or other_product, 410 cart_expired, 422 cart_empty.
//
// An order is PENDING, CONFIRMED or CANCELLED with a reason. Its stock is held while it is
// PENDING, and paid for when it is confirmed.
package stepshop

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Options are how a shop works. The zero value has 3 users with 1 000 000 each, and 3 products
// of 1 000 pieces at a price of 100, and answers a payment with the confirmed order.
type Options struct {
	Users, Products       int
	Balance, Stock, Price int64
	// Settle is how long an order stays PENDING, after an answer of 202; 0 is none.
	Settle time.Duration
	// RetryAfter is the header of that name of answers with PENDING orders, "" for none.
	RetryAfter string
	// CartHolds: items hold stock as soon as they are in a cart.
	CartHolds bool
	// CartLife is how long a cart can be used, TokenLife and TokenUses how long and how often
	// a token can; 0 for ever.
	CartLife, TokenLife time.Duration
	TokenUses           int
	// Drafts: GET /orders lists carts that are not paid, too, with the status "draft".
	Drafts bool
	// Work is how long a POST takes before its effect.
	Work time.Duration
	// Fail says how a request fails, for those of one path as often as it likes; nil never.
	// It must be safe for concurrent use.
	Fail func(*http.Request) Failure
	// Defect is what the shop does wrong, at each Every-th order, 0 for every one.
	Defect Defect
	Every  int
}

// Failure is how a request fails. The zero value does not.
type Failure struct {
	// Status is answered instead of doing anything, with RetryAfter unless that is "".
	Status     int
	RetryAfter string
	// Lost: everything is done, and the connection closed instead of an answer.
	Lost bool
}

// Defect is something that a shop does wrong.
type Defect string

// The defects. The zero value is none.
const (
	// DoubleOrder: a payment that comes again under its key is another order.
	DoubleOrder Defect = "double order"
	// PaysAgain: a payment that comes again under its key is the same order, and paid again.
	PaysAgain Defect = "pays again"
	// PaidTwice: a cart that is paid can be paid under another key.
	PaidTwice Defect = "paid twice"
	// ChargesTwice: a confirmed order is charged twice.
	ChargesTwice Defect = "charges twice"
	// LostOrder: an order that was answered with 202 or 201 is gone when it would settle.
	LostOrder Defect = "lost order"
	// StatusFlips: an order that is confirmed is cancelled right after, and its money given back.
	StatusFlips Defect = "status flips"
	// NeverSettles: an order stays PENDING.
	NeverSettles Defect = "never settles"
	// KeepsStock: what a cart held stays held when it expires.
	KeepsStock Defect = "keeps stock"
	// ItemTwice: an item that comes again under its key is added again.
	ItemTwice Defect = "item twice"
)

// Shop is a shop. It is safe for concurrent use.
type Shop struct {
	options Options
	mux     *http.ServeMux
	server  *httptest.Server // nil unless started

	mu    sync.Mutex
	state state
	log   []Request
}

// Request is one request that a shop got.
type Request struct {
	Method, Path string
	// Key is its Idempotency-Key, Token what it was authorized by, and User whose that is; ""
	// without one.
	Key, Token, User string
	// Remote is the address that it came from, one for each connection.
	Remote string
	At     time.Time
	// Status is what was answered, 0 while it is not, and for a reply that was lost.
	Status int
}

// New returns a shop as a handler.
func New(o Options) *Shop {
	s := &Shop{options: o.withDefaults(), mux: http.NewServeMux()}
	s.state = s.options.state()
	s.routes()
	return s
}

// Start returns a shop that listens on a port of the loopback interface, until Close.
func Start(o Options) *Shop {
	s := New(o)
	s.server = httptest.NewServer(s)
	return s
}

// URL returns the address of a shop that was started.
func (s *Shop) URL() string { return s.server.URL }

// Close stops a shop that was started, after the requests under way.
func (s *Shop) Close() { s.server.Close() }

// Requests returns what the shop got, in the order in which it came.
func (s *Shop) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

// LeftBehind returns how many carts are open or expired, and how many orders are PENDING.
func (s *Shop) LeftBehind() (carts, orders int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.state.carts {
		if c.Status != paid {
			carts++
		}
	}
	for _, o := range s.state.orders {
		if o.Status == pending {
			orders++
		}
	}
	return carts, orders
}

func (o Options) withDefaults() Options {
	for _, n := range []*int{&o.Users, &o.Products} {
		if *n == 0 {
			*n = 3
		}
	}
	for n, value := range map[*int64]int64{&o.Balance: 1_000_000, &o.Stock: 1000, &o.Price: 100} {
		if *n == 0 {
			*n = value
		}
	}
	o.Every = max(o.Every, 1)
	return o
}
